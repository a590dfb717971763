"""``wasserstyle methods``: what there is, and every number with its source."""

from typing import Annotated

import typer


def methods(
    name: Annotated[str | None, typer.Argument(help="One method, in full.")] = None,
) -> None:
    """List the methods, or the settings and presets of one, with their sources."""
    from wasserstyle import methods as folder

    if name is None:
        for each in folder.names():
            print(f"{each:20}{(folder.get(each).__doc__ or '').strip().splitlines()[0]}")
        return
    print(_page(name))


def _page(name: str) -> str:
    """Text of one method: docstring of its module, settings, presets."""
    import sys
    from dataclasses import asdict, fields

    from wasserstyle import methods as folder

    method = folder.get(name)
    lines = [(sys.modules[method.__module__].__doc__ or "").strip(), "", "Settings:"]
    for field in fields(method):
        lines.append(f"  {field.name} = {field.default}")
        lines.append(f"      {field.metadata['help']} [{field.metadata['source']}]")
    default = asdict(method())
    for preset in method.presets[1:]:
        lines += ["", f"Preset {preset}:"]
        settings = asdict(method.preset(preset))
        lines += [f"  {k} = {v}" for k, v in settings.items() if v != default[k]]
    return "\n".join(lines)
