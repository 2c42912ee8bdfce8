"""Texts of spreadsheets before UTF-8: which encoding they are in is told by what comes of them."""

from __future__ import annotations

import pytest

from core.ingest import inspect
from core.ingest.files.encodings import legacy_encoding
from core.ingest.files.text import decode, find_encoding
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

TEXTS = {
    "cp1250": [
        "12,00 zł;Obuwie męskie\nKsiążki żółte\n", "15 zł\nx\n", "őszi cipő, zöld, fűző\n",
        "Książki żółte\nÖsterreich\nButy męskie\nOdzież sportowa\n",
        "Příliš žluťoučký kůň\nzboží\n",
        "Dámské boty;košile;černá;říjen;děti\n", "Śląsk;Łódź;dziecięce\n",
    ],
    "cp1254": ["ayakkabı, gömlek, çanta, şapka, yağmurluk\n", "Kadın Ayakkabı\nÇocuk Giyim\nBeşiktaş\n"],
    "cp1251": ["Обувь мужская;просмотр\nРубашка\n", "Категория;Цена\nДети\n"],
    "cp1253": ["Παπούτσια;Ανδρικά\n"],
    "cp932": ["1,200円,靴下\n3,400円,表示\n", "ページビュー,商品閲覧\n", "レディース/シューズ\n"],
    "gb18030": ["商品浏览,鞋子\n加入购物车,衣服\n"],
    "cp949": ["상품 조회,신발\n장바구니,옷\n"],
    "cp1252": [
        "Levi’s\n", "Levi’s,Österreich\n", "l’été\nDéjà vu – naïve\n", "„Wort“\n", "12 m³\n5 m²\n",
        "£20\n£3\n",
        "Côte d’Ivoire\nTürkiye\nÅland\nSão Tomé\nEspaña\nÖsterreich\n", "20 €\n30 €\n", "¥1,200\n¥3,400\n",
        "Größe;Straße;Schuhe für Männer\n", "perché, città, più, così\n", "Ação;Não;Coração\n", "Nº 5\n",
        "Smörgås, hållbar, ÖVERDRAG\n", "¿Qué? ¡Olé!\n", "smørrebrød, blå, æble\n", "ÄÖÜ, GRÖSSE\n",
        "Señor\nFußball\nGarçon\nBjörk\n", "30°C – 40°C\n", "“a”—“b”\n", "ÉTÉ;FORÊT;CŒUR\n", "½ kg × 3\n",
    ],
}  # fmt: skip


@pytest.mark.parametrize("encoding", list(TEXTS))
def test_a_text_is_told_by_its_letters(encoding):
    found = {text: legacy_encoding(text.encode(encoding)) for text in TEXTS[encoding]}
    assert found == dict.fromkeys(TEXTS[encoding], encoding)


@pytest.mark.parametrize("encoding", TEXTS)
def test_it_is_read_as_what_it_is_wherever_its_head_is_cut(encoding):
    """Within a character of two bytes, say."""
    text = "id,Name\n" + TEXTS[encoding][0] * 8
    data = text.encode(encoding)
    for cut in (data, data[:-2], data[:-3]):
        assert find_encoding(cut, complete=False) == encoding
    assert decode(data, encoding) == text


def test_polish_of_a_spreadsheet_is_polish(tmp_path):
    text = (
        "session_id;timestamp;event_type;price;category\r\n"
        "s1;2026-03-02 10:00;view;12,00 zł;Książki żółte\r\n"
        "s1;2026-03-02 10:05;purchase;12,00 zł;Książki żółte\r\ns2;2026-03-02 10:05;view;15,00 zł;Buty\r\n"
    )
    path = write(tmp_path, text.encode("cp1250"))
    found = inspect(path)
    assert found.encoding == "cp1250"
    assert any("Central European" in note for note in found.notes)
    made = export_of(path)
    assert (made.n_buyers, made.revenue, made.report.currency) == (1, 12, "PLN")
    assert made.by_id["s1"]["dominant_category"] == "Książki żółte"


def test_japanese_of_a_spreadsheet_is_japanese(tmp_path):
    """The second byte of 表 is a backslash in ASCII, that of 円 a tilde."""
    text = (
        "session_id,timestamp,event_type,price,category\r\ns1,2026/3/2 10:00,view,1200円,表示\r\n"
        "s1,2026/3/2 10:05,purchase,1200円,表示\r\ns2,2026/3/3 10:05,view,3400円,靴下\r\n"
    )
    made = export_of(write(tmp_path, text.encode("cp932")))
    assert (made.n_buyers, made.revenue, made.report.currency) == (1, 1200, "JPY")
    assert made.by_id["s1"]["dominant_category"] == "表示"
