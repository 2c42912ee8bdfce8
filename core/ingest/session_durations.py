"""How long sessions took: in what unit a column says so, and what is assumed about it."""

from __future__ import annotations

import re
from statistics import median

from core.ingest.cells.durations import SHORT_CLOCK, duration
from core.ingest.formats.twins import name_words
from core.ingest.session_reading import SessionReading
from core.schema.countries import plain

#: Words in the name of a duration that isn't in seconds -> what one of it is worth in seconds.
_UNITS = {
    **dict.fromkeys(("min", "mins", "minutes", "minuten", "minuti", "minutos", "minut"), 60.0),
    **dict.fromkeys(("h", "hours", "hour", "stunden"), 3600.0),
    **dict.fromkeys(("ms", "msec", "millis", "milliseconds", "millisekunden"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "seconds", "sekunden", "secondes", "segundos", "secondi"), 1.0),
}
#: From this median on, five and a half hours, plain numbers are no seconds but thousandths of them.
_NO_SECONDS = 20_000


def seconds(reading: SessionReading, name: str, cell: str, number: str) -> str:
    """Return SQL of a duration in seconds; says what its unit was taken from where that is in doubt."""
    label, cells = reading.label(name), reading.values(name)
    words = {plain(word) for word in name_words(label)}
    scale = next((factor for word, factor in _UNITS.items() if word in words), None)
    numbers = [float(text.replace(",", ".")) for text in cells if re.fullmatch(r"\s*\d+([.,]\d+)?\s*", text)]
    if scale is None and len(numbers) == len(cells) > 0:
        if median(numbers) >= _NO_SECONDS:
            scale = 0.001
            text = f"“{label}” is read as milliseconds: its numbers are too large for seconds."
            reading.say("warning", text)
        elif 0 < max(numbers) < 1:
            reading.say(
                "warning",
                f"No session in “{label}” lasts a second. If it holds parts of a day, as spreadsheets do, "
                "format the column as hh:mm:ss and export it again.",
            )
    short = next((text.strip() for text in cells if re.fullmatch(SHORT_CLOCK, text)), None)
    if short is not None:
        reading.say("warning", f"In “{label}”, {short} is read as minutes and seconds.")
    return duration(cell, number, 1.0 if scale is None else scale)
