"""The palette can be told apart and read, and what is drawn takes its colours from the tokens."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from components.base.theme import (
    ACCENT,
    CLUSTER_COLOURS,
    TEMPLATE_DARK,
    TEMPLATE_LIGHT,
    TEMPLATES_FILE,
    templates_script,
)

CSS = Path(__file__).resolve().parents[3] / "assets" / "css"
TOKENS = (CSS / "00-tokens.css").read_text()

# Full colour weakness, in linear RGB: Machado, Oliveira and Fernandes (2009), table 1, severity 1.
SEEN_BY = {
    "everybody": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Linear RGB to OKLab: Ottosson (2020).
CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def perceived(colour: str, seen: np.ndarray) -> np.ndarray:
    return LAB @ np.cbrt(CONES @ np.clip(seen @ linear(colour), 0, 1))


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def token(name: str, *, dark: bool = False) -> str:
    light_part, dark_part = TOKENS.split('[data-bs-theme="dark"] {', 1)
    for part in (dark_part, light_part) if dark else (light_part,):
        if found := re.search(rf"{re.escape(name)}:\s*(#[0-9a-f]{{6}})", part):
            return found[1]
    raise AssertionError(f"no token {name}")


@pytest.mark.parametrize("seen", SEEN_BY)
def test_cluster_colours_differ_for_everybody(seen: str) -> None:
    seen_as = [perceived(colour, SEEN_BY[seen]) for colour in CLUSTER_COLOURS]
    least = min(float(np.linalg.norm(one - other)) for one, other in combinations(seen_as, 2))
    # In OKLab 0.02 is about the least difference that is seen side by side.
    assert least > 0.08


@pytest.mark.parametrize("colour", CLUSTER_COLOURS)
def test_cluster_colours_stand_out_on_both_surfaces(colour: str) -> None:
    assert contrast(colour, token("--bs-body-bg")) > 2.2
    assert contrast(colour, token("--bs-body-bg", dark=True)) > 2.2


@pytest.mark.parametrize(
    "ink",
    [
        "--bs-body-color",
        "--bs-secondary-color",
        "--bs-tertiary-color",
        "--bs-primary-text-emphasis",
        "--bs-success-text-emphasis",
        "--bs-danger-text-emphasis",
    ],
)
@pytest.mark.parametrize("surface", ["--bs-body-bg", "--bs-tertiary-bg", "--bs-secondary-bg"])
@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(ink: str, surface: str, dark: bool) -> None:
    assert contrast(token(ink, dark=dark), token(surface, dark=dark)) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("tone", ["primary", "success", "danger", "warning", "info"])
def test_tones_can_be_read_on_their_own_surface(tone: str, dark: bool) -> None:
    ink, surface = token(f"--bs-{tone}-text-emphasis", dark=dark), token(f"--bs-{tone}-bg-subtle", dark=dark)
    assert contrast(ink, surface) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("state", ["--bs-primary", "--accent-hover", "--accent-pressed"])
def test_primary_buttons_can_be_read(state: str, dark: bool) -> None:
    assert contrast(token("--on-accent", dark=dark), token(state, dark=dark)) >= 4.5


def test_charts_take_their_colours_from_the_tokens() -> None:
    assert token("--bs-primary") == ACCENT
    assert tuple(token(f"--cluster-{place}") for place in range(len(CLUSTER_COLOURS))) == CLUSTER_COLOURS
    assert TEMPLATE_LIGHT.layout.font.color == token("--bs-body-color")
    assert TEMPLATE_DARK.layout.font.color == token("--bs-body-color", dark=True)
    assert TEMPLATE_DARK.layout.yaxis.gridcolor == token("--chart-grid", dark=True)


@pytest.mark.parametrize(
    "sheet", sorted(path.name for path in CSS.glob("*.css") if path != CSS / "00-tokens.css")
)
def test_colours_stand_in_the_tokens_alone(sheet: str) -> None:
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(\d", (CSS / sheet).read_text())


def test_the_browser_has_the_current_templates() -> None:
    assert TEMPLATES_FILE.read_text(encoding="utf-8") == templates_script(), (
        "run python -m components.base.theme"
    )


def test_figures_carry_no_template_of_their_own() -> None:
    assert "template" not in go.Figure(go.Bar(y=[1])).to_plotly_json()["layout"]
