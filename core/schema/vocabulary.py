"""Words the product maps others to: countries and colours into groups."""

from __future__ import annotations

#: ISO 3166 alpha-2 codes of the European Union's members since 2020.
EU_MEMBERS: frozenset[str] = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)

#: What stands for a country in exports that don't know it.
UNKNOWN_COUNTRIES: frozenset[str] = frozenset({"", "-", "??", "XX", "ZZ"})

#: Lower-case English colour -> group. Colours not listed have no group.
COLOUR_GROUP_OF: dict[str, str] = {
    **dict.fromkeys(("beige", "white", "cream", "ivory", "ecru", "off-white", "sand", "nude"), "neutral"),
    **dict.fromkeys(("gray", "grey", "silver", "taupe", "khaki"), "neutral"),
    **dict.fromkeys(("black", "navy blue", "navy", "brown", "burgundy", "charcoal", "anthracite"), "dark"),
    **dict.fromkeys(("blue", "green", "olive", "violet", "purple", "turquoise", "teal", "mint"), "cool"),
    **dict.fromkeys(("red", "pink", "orange", "yellow", "gold", "coral", "rose", "bronze"), "warm"),
    **dict.fromkeys(("of many colors", "many colors", "multi", "multicolor", "multicolour"), "multi"),
    **dict.fromkeys(
        ("multicoloured", "multi-coloured", "colourful", "colorful", "patterned", "print"), "multi"
    ),
}
