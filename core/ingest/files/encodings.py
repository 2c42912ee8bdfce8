"""Which of the encodings that spreadsheets wrote before UTF-8 a text is in: that of Windows in each country.

Any bytes can be read as Windows-1252, the usual one in Western Europe; Polish or Japanese read so is
nonsense without an error. Others are told by what comes of them: letters of one language throughout, or
characters that stand beside each other as they do in East Asia. In doubt it stays Windows-1252. Libraries
for any text guess too freely from a few cells: of the 39 texts of the tests, charset-normalizer 3.5 reads 23
as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable

WESTERN = "cp1252"
#: Letters beside ASCII's, small, that languages written in Windows-1252 have, and marks that are in any text.
_WESTERN_LETTERS = (
    "äöüß", "àâçéèêëîïôùûüœæ", "áéíñóúüªº", "ãáâàçéêíóôõúªº", "àèéìíîòóùú", "åäöéü", "æøåéü", "ëïéèüóöä",
    "áéíóúýþæöð",
)  # fmt: skip
_MARKS = frozenset("€„“”‘’‚–—…«»°§´·©®™•\u00a0²½%‰×±")
#: The same of other encodings.
_LETTERS = {
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1254": ("çğıöşüâîi",),
    "cp1251": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ№",),
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",),
}
#: The share of letters that are of one language: what another needs, and how far the West's must be below it.
_SURE, _UNLIKELY = 0.98, 0.9
#: What is needed where a mark within a word shows that it isn't the West's: some names may be.
_LIKELY = 0.8
#: Marks within a word that no Western language has, and the złoty's sign.
_WITHIN = re.compile(r"[^\W\d_][¹³¿¡¢£¥¦¬¯¶¸¼¾†‡ˆ˜]+[^\W\d_]|(?<![^\W_])[zZ]³(?![^\W_])")
#: Words of two alphabets, and capitals behind small letters: a text that is read so is in another encoding.
_MIXED = re.compile(r"[A-Za-zа-яё][А-ЯЁ]|[A-Za-z][а-яёα-ωά-ώ]|[а-яёα-ωά-ώ][A-Za-z]|[A-Za-zα-ω][Α-Ω]")
#: Fewer letters than these tell no language.
_FEWEST = 3


def legacy_encoding(head: bytes) -> str:
    """Tell the encoding of the first bytes of a text that isn't UTF-8; cp1252 where nothing tells another."""
    lines = [line for line in head.splitlines() if not line.isascii() and not _is_utf8(line)]
    data = b"\n".join(lines[:-1] if len(lines) > 3 else lines)  # the last may be cut
    for encoding, is_like in _EASTERN.items():
        if (text := _read(data, encoding)) is not None and is_like(text):
            return encoding
    western = data.decode(WESTERN, errors="replace")
    shares = {
        encoding: _share(text, languages)
        for encoding, languages in _LETTERS.items()
        if (text := _read(data, encoding)) is not None and not _MIXED.search(text)
    }
    best = max(shares, key=lambda encoding: shares[encoding], default=WESTERN)
    if _WITHIN.search(western):
        return best if shares.get(best, 0) >= _LIKELY else WESTERN
    if shares.get(best, 0) < _SURE:
        return WESTERN
    letters = _foreign(western)
    is_unlike = _share(western, _WESTERN_LETTERS) <= _UNLIKELY * shares[best]
    return best if is_unlike and len(letters) >= _FEWEST and len(set(letters)) > 2 else WESTERN


def _is_utf8(line: bytes) -> bool:
    return _read(line, "utf-8") is not None


def _read(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _foreign(text: str) -> list[str]:
    """Return what of a text is neither ASCII nor a mark that any text may have."""
    return [letter for letter in text if not letter.isascii() and letter not in _MARKS]


def _share(text: str, languages: tuple[str, ...]) -> float:
    """Return the share of letters beside ASCII's that are of that language which has most of them."""
    letters = [letter.lower()[0] for letter in _foreign(text)]
    return max(sum(letter in each for letter in letters) / max(len(letters), 1) for each in languages)


def _is_japanese(text: str) -> bool:
    return _is_eastern(text, "euc_jp", range(0xB0, 0xD0), range(0xA1, 0xA6))


def _is_korean(text: str) -> bool:
    return _is_eastern(text, "euc_kr", range(0xB0, 0xC9), share=0.9)


def _is_chinese(text: str) -> bool:
    return _is_eastern(text, "gb2312", range(0xB0, 0xD8), range(0xA1, 0xA4))


def _is_eastern(text: str, rows: str, usual: range, extra: range = range(0), share: float = 0.8) -> bool:
    """Whether nearly all characters are in the usual rows of a table of characters, and most side by side."""
    wide = [letter for letter in text if not letter.isascii()]
    if len(wide) < _FEWEST:
        return False
    leads = [letter.encode(rows, errors="replace")[0] for letter in wide]
    common = sum(lead in usual or lead in extra for lead in leads)
    beside = sum(len(run) for run in re.findall(r"[^\x00-\x7f]{2,}", text))
    return common >= share * len(wide) and beside >= 0.5 * len(wide)


#: Encodings of two bytes a character, each with what tells that a text is in it; the narrower ones first.
_EASTERN: dict[str, Callable[[str], bool]] = {
    "cp932": _is_japanese,
    "cp949": _is_korean,
    "gb18030": _is_chinese,
}

#: All of these, with how they are called.
LEGACY: dict[str, str] = {
    WESTERN: "Western European", "cp1250": "Central European", "cp1251": "Cyrillic", "cp1253": "Greek",
    "cp1254": "Turkish", "cp932": "Japanese", "cp949": "Korean", "gb18030": "Chinese",
}  # fmt: skip


def note_of(encoding: str) -> list[str]:
    """Say that a text is in a rarer encoding, as its letters show; nothing of the usual ones."""
    if encoding not in LEGACY or encoding == WESTERN:
        return []
    return [
        f"Its text is read as {LEGACY[encoding]} (an older encoding of spreadsheets), as its letters show."
    ]
