"""Marron: style transfer as optimal transport between Gaussians."""
