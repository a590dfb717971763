"""What each layer is divided by. Written by scripts/activation_scales.py (decision 0004)."""

ACTIVATION_SCALES: dict[str, dict[str, float]] = {
    "vgg16": {
        "relu1_1": 48.48,
        "relu1_2": 104.7,
        "relu2_1": 125.8,
        "relu2_2": 154.8,
        "relu3_1": 166.5,
        "relu3_2": 169.6,
        "relu3_3": 161.2,
        "relu4_1": 137.0,
        "relu4_2": 104.5,
        "relu4_3": 64.71,
        "relu5_1": 55.83,
        "relu5_2": 37.65,
        "relu5_3": 18.18,
    },
    "vgg19": {
        "relu1_1": 49.78,
        "relu1_2": 103.4,
        "relu2_1": 110.2,
        "relu2_2": 124.6,
        "relu3_1": 126.5,
        "relu3_2": 132.2,
        "relu3_3": 174.4,
        "relu3_4": 233.5,
        "relu4_1": 229.4,
        "relu4_2": 203.5,
        "relu4_3": 157.1,
        "relu4_4": 99.13,
        "relu5_1": 85.36,
        "relu5_2": 58.31,
        "relu5_3": 38.38,
        "relu5_4": 18.47,
    },
}
"""By network and layer, in raw activations of the original networks."""
