"""Makes composition.txt beside this file from Python's copy of the Unicode character database.

Run with: python3 composition.py
"""
import pathlib
import sys
import unicodedata

POINTS = [p for p in range(sys.maxunicode + 1) if not 0xD800 <= p <= 0xDFFF]


def classes():
    """Runs of equal, non-zero canonical combining class: first-last:class."""
    runs = []
    for point in POINTS:
        value = unicodedata.combining(chr(point))
        if value and runs and runs[-1][1] == point - 1 and runs[-1][2] == value:
            runs[-1][1] = point
        elif value:
            runs.append([point, point, value])
    return [f"{first:X}-{last:X}:{value}" for first, last, value in runs]


def decompositions():
    """Canonical decompositions, one step: point=first second; '!' where it is never composed again. Hangul is computed, not listed."""
    lines = []
    for point in POINTS:
        parts = unicodedata.decomposition(chr(point))
        if not parts or parts.startswith("<"):
            continue
        mark = "=" if unicodedata.normalize("NFC", chr(point)) == chr(point) else "!"
        lines.append(f"{point:X}{mark}{parts}")
    return lines


path = pathlib.Path(__file__).with_name("composition.txt")
path.write_text(f"# Unicode {unicodedata.unidata_version}\n" + "\n".join(classes() + decompositions()) + "\n")
