"""Quantities of the LaTeX package siunitx as text."""

import re
from typing import Final


def _pairs(names: str) -> dict[str, str]:
    words = names.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_PREFIXES: Final = _pairs(
    "yocto y zepto z atto a femto f pico p nano n micro µ milli m centi c deci d "
    "deca da hecto h kilo k mega M giga G tera T peta P exa E zetta Z yotta Y"
)
_UNITS: Final = _pairs(
    "ampere A candela cd kelvin K kilogram kg gram g metre m meter m mole mol "
    "second s becquerel Bq celsius °C degreeCelsius °C coulomb C farad F gray Gy "
    "hertz Hz henry H joule J katal kat lumen lm lux lx newton N ohm Ω pascal Pa "
    "radian rad siemens S sievert Sv steradian sr tesla T volt V watt W weber Wb "
    "arcminute ′ arcsecond ″ day d degree ° hectare ha hour h litre L liter L "
    "minute min tonne t angstrom Å astronomicalunit au atomicmassunit u bar bar bel "
    "B bohr a₀ clight c₀ dalton Da decibel dB electronvolt eV electronmass mₑ "
    "elementarycharge e hartree Eₕ knot kn mmHg mmHg nauticalmile M neper Np barn b "
    "percent % molar M Molar M byte B bit bit baud Bd pixel px"
)
_POWERS: Final = {"squared": "²", "cubed": "³", "square": "²", "cubic": "³"}
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PART: Final = re.compile(
    r"\\(?P<macro>[A-Za-z]+)\s*(?:\{(?P<argument>[^{}]*)\})?"
    r"|\^\s*\{?(?P<power>-?\d+)\}?|(?P<space>[.~\s]+)|(?P<text>[^\\^.~\s{}]+)|."
)


def unit_text(latex: str) -> str:
    """A unit as it is printed: `\\nano\\molar` is nM, `\\meter\\per\\second` m/s."""
    text, power, prefix, is_denominator = "", "", "", False
    for found in _PART.finditer(latex):
        macro = found["macro"]
        if macro == "per":
            is_denominator = True
        elif macro in _PREFIXES:
            prefix = _PREFIXES[macro]
        elif macro in ("square", "cubic"):
            power = _POWERS[macro]
        elif macro in _POWERS:
            text += _POWERS[macro]
        elif macro in ("tothe", "raiseto"):
            text += (found["argument"] or "").translate(_SUPERSCRIPTS)
        elif found["power"]:
            text += found["power"].translate(_SUPERSCRIPTS)
        elif found["space"]:
            text += " " if text and not text.endswith(" ") else ""
        elif (unit := _unit(macro) if macro else found["text"]) is not None:
            text += _joined(text, unit, is_denominator) + prefix + unit + power
            power, prefix, is_denominator = "", "", False
    return text.strip()


def number_text(latex: str) -> str:
    """A number as it is printed: `1e-5` is 1 × 10⁻⁵."""
    text = (
        latex.replace("\\pm", "±").replace("+-", "±").replace("{", "").replace("}", "")
    )
    text = re.sub(r"(?<=\d)[eE]([-+]?\d+)", _times, text)
    return " ".join(text.replace("~", " ").replace("\\", "").split())


def _times(found: re.Match[str]) -> str:
    return f" × 10{found[1].lstrip('+').translate(_SUPERSCRIPTS)}"


def _unit(macro: str) -> str:
    short = re.sub(r"^u(?=[A-Za-z])", "µ", macro)
    return _UNITS.get(macro) or re.sub(r"ohm$", "Ω", short)


def _joined(text: str, unit: str, is_denominator: bool) -> str:
    if is_denominator:
        return "/" if text else "1/"
    return " " if text and not text.endswith((" ", "/")) else ""
