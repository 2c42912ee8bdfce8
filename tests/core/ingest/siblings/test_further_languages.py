"""Logs, session rows, reports and lists in languages of other scripts, and in further ones of Europe."""

from __future__ import annotations

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from core.schema.countries import country_code
from core.schema.events import EventType
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

#: Headings of session, time, event, product, category, price, quantity, revenue, currency, country, page and
#: device; and words for a page, a product seen, one added to the cart, and a purchase.
LOGS = {
    "ja": (
        "セッションID,日時,イベント,商品ID,カテゴリ,価格,数量,売上,通貨,国,ページ,デバイス",
        "ページビュー, 商品閲覧, カートに追加, 購入",
    ),
    "ko": (
        "세션ID,일시,이벤트,상품ID,카테고리,가격,수량,매출,통화,국가,페이지,기기",
        "페이지뷰, 상품조회, 장바구니 추가, 구매",
    ),
    "zh": (
        "会话ID,时间,事件,商品ID,类别,价格,数量,收入,货币,国家,页面,设备",
        "页面浏览, 商品浏览, 加入购物车, 购买",
    ),
    "tw": (
        "工作階段ID,時間,事件,商品ID,類別,價格,數量,收入,幣別,國家,頁面,裝置",
        "網頁瀏覽, 商品瀏覽, 加入購物車, 購買",
    ),
    "ru": (
        "ID сессии,Дата и время,Событие,ID товара,Категория,Цена,Количество,Выручка,Валюта,Страна,"
        "Страница,Устройство",
        "Просмотр страницы, Просмотр товара, Добавление в корзину, Покупка",
    ),
    "uk": (
        "ID сеансу,Дата і час,Подія,ID товару,Категорія,Ціна,Кількість,Дохід,Валюта,Країна,Сторінка,Пристрій",
        "Перегляд сторінки, Перегляд товару, Додавання в кошик, Покупка",
    ),
    "tr": (
        "Oturum ID,Tarih,Olay,Ürün ID,Kategori,Fiyat,Adet,Gelir,Para Birimi,Ülke,Sayfa,Cihaz",
        "Sayfa görüntüleme, Ürün görüntüleme, Sepete ekleme, Satın alma",
    ),
    "ar": (
        "معرف الجلسة,التاريخ والوقت,الحدث,معرف المنتج,الفئة,السعر,الكمية,الإيرادات,العملة,البلد,"
        "الصفحة,الجهاز",
        "عرض صفحة, عرض منتج, إضافة إلى السلة, شراء",
    ),
    "da": (
        "Sessions-ID,Tidspunkt,Hændelse,Produkt-ID,Kategori,Pris,Antal,Omsætning,Valuta,Land,Side,Enhed",
        "sidevisning, produktvisning, læg i kurv, køb",
    ),
    "no": (
        "Økt-ID,Tidspunkt,Hendelse,Produkt-ID,Kategori,Pris,Antall,Omsetning,Valuta,Land,Side,Enhet",
        "sidevisning, produktvisning, legg i handlekurv, kjøp",
    ),
    "fi": (
        "Istunnon tunnus,Aikaleima,Tapahtuma,Tuotetunnus,Kategoria,Hinta,Määrä,Myynti,Valuutta,"
        "Maa,Sivu,Laite",
        "sivun katselu, tuotteen katselu, lisää ostoskoriin, osto",
    ),
    "cs": (
        "ID relace,Datum a čas,Událost,ID produktu,Kategorie,Cena,Množství,Tržby,Měna,Země,Stránka,Zařízení",
        "zobrazení stránky, zobrazení produktu, přidání do košíku, nákup",
    ),
    "hu": (
        "Munkamenet azonosító,Időpont,Esemény,Termékazonosító,Kategória,Ár,Mennyiség,Bevétel,"
        "Pénznem,Ország,Oldal,Eszköz",
        "oldalmegtekintés, termékmegtekintés, kosárba helyezés, vásárlás",
    ),
    "el": (
        "Αναγνωριστικό συνεδρίας,Ημερομηνία και ώρα,Συμβάν,Κωδικός προϊόντος,Κατηγορία,Τιμή,"
        "Ποσότητα,Έσοδα,Νόμισμα,Χώρα,Σελίδα,Συσκευή",
        "προβολή σελίδας, προβολή προϊόντος, προσθήκη στο καλάθι, αγορά",
    ),
    "ro": (
        "ID sesiune,Data și ora,Eveniment,ID produs,Categorie,Preț,Cantitate,Venituri,Monedă,Țară,"
        "Pagină,Dispozitiv",
        "vizualizare pagină, vizualizare produs, adăugare în coș, achiziție",
    ),
    "he": (
        "מזהה סשן,תאריך ושעה,אירוע,מזהה מוצר,קטגוריה,מחיר,כמות,הכנסה,מטבע,מדינה,עמוד,מכשיר",
        "צפייה בדף, צפייה במוצר, הוספה לסל, רכישה",
    ),
}
#: Headings of session, start, pages, products, cart additions, seconds, bought, revenue, country and device;
#: yes and no.
SESSIONS = {
    "ja": (
        "セッションID,開始日時,ページビュー数,商品閲覧数,カート追加数,滞在時間(秒),購入,売上,国,デバイス",
        ("はい", "いいえ"),
    ),
    "ko": (
        "세션ID,시작시간,페이지뷰,상품조회수,장바구니 추가,체류시간(초),구매여부,매출,국가,기기",
        ("예", "아니오"),
    ),
    "zh": (
        "会话ID,开始时间,页面浏览量,商品浏览量,加购次数,时长(秒),是否购买,收入,国家,设备",
        ("是", "否"),
    ),
    "ru": (
        "ID визита,Время начала,Просмотры страниц,Просмотры товаров,Добавления в корзину,"
        "Длительность (сек),Покупка,Выручка,Страна,Устройство",
        ("Да", "Нет"),
    ),
    "tr": (
        "Oturum ID,Başlangıç zamanı,Sayfa görüntüleme,Ürün görüntüleme,Sepete ekleme,Süre (sn),"
        "Satın alma,Gelir,Ülke,Cihaz",
        ("Evet", "Hayır"),
    ),
    "ar": (
        "معرف الجلسة,وقت البدء,مشاهدات الصفحة,مشاهدات المنتج,الإضافات إلى السلة,المدة (ثانية),"
        "شراء,الإيرادات,البلد,الجهاز",
        ("نعم", "لا"),
    ),
}


def log(language):
    headings, words = LOGS[language]
    page, seen, added, bought = words.split(", ")
    rows = (
        f"s1,2026-03-02 10:00:00,{page},,,,,,,,/,desktop",
        f"s1,2026-03-02 10:01:00,{seen},p1,A,40,,,EUR,,/p,desktop",
        f"s1,2026-03-02 10:02:00,{added},p1,A,40,2,,EUR,,/p,desktop",
        f"s1,2026-03-02 10:04:00,{bought},,,,,80,EUR,,/t,desktop",
        f"s2,2026-03-02 11:00:00,{page},,,,,,,,/,mobile",
        f"s2,2026-03-02 11:01:00,{seen},p1,A,40,,,EUR,,/p,mobile",
    )
    return "\n".join((headings, *rows))


@pytest.mark.parametrize("language", LOGS)
def test_names_and_words_of_a_log_are_known(tmp_path, language):
    found = inspect(write(tmp_path, log(language)))
    assert not found.needs_mapping
    assert set(found.mapping.columns) == {
        "session_id", "timestamp", "event_type", "product_id", "category", "price", "quantity", "revenue",
        "currency", "country", "page", "device",
    }  # fmt: skip
    words = LOGS[language][1].split(", ")
    assert [found.mapping.event_types[word] for word in words] == [
        EventType.PAGE_VIEW, EventType.PRODUCT_VIEW, EventType.CART_ADD, EventType.PURCHASE,
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "ko", "ru", "ar"])
def test_a_log_is_read_whole(tmp_path, language):
    made = export_of(write(tmp_path, log(language)))
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 80)
    counted = ("page_views", "product_views", "cart_adds", "cart_value")
    assert [made.by_id["s1"][name] for name in counted] == [1, 1, 1, 80]


@pytest.mark.parametrize("language", SESSIONS)
def test_session_rows_are_read(tmp_path, language):
    headings, (yes, no) = SESSIONS[language]
    rows = (
        f"s1,2026-03-02 10:00:00,7,3,2,240,{yes},80,DE,desktop",
        f"s2,2026-03-02 11:00:00,2,1,0,60,{no},0,DE,mobile",
        f"s3,2026-03-02 12:00:00,5,2,1,90,{yes},20.5,FR,mobile",
    )
    path = write(tmp_path, "\n".join((headings, *rows)))
    assert not inspect(path).needs_mapping
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (3, 2, 100.5)
    counted = ("page_views", "product_views", "cart_adds", "duration_seconds", "device")
    assert [made.by_id["s1"][name] for name in counted] == [7, 3, 2, 240, "desktop"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("日付,セッション,ユーザー,売上\n2026-03-01,120,100,9000\n2026-03-02,140,110,9900\n", "セッション"),
        ("페이지,세션수,매출\n/,120,9000\n/a,140,9900\n", "세션수"),
        ("Дата визита,Визиты,Доход\n2026-03-01,120,9000\n2026-03-02,140,9900\n", "Визиты"),
        ("Tarih,Oturumlar,Gelir\n2026-03-01,120,9000\n2026-03-02,140,9900\n", "Oturumlar"),
        ("التاريخ,الجلسات,الإيرادات\n2026-03-01,120,9000\n2026-03-02,140,9900\n", "الجلسات"),
        ("日期,会话数,收入\n2026-03-01,120,9000\n2026-03-02,140,9900\n", "会话数"),
    ],
)
def test_reports_of_totals_are_no_sessions(tmp_path, text, said):
    with pytest.raises(IngestError, match=f"totals of many sessions.*{said}"):
        inspect(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "注文番号,注文日時,顧客名,合計金額,注文ステータス\n1,2026-03-01 10:00,山田,9000,発送済み\n"
            "2,2026-03-02 10:00,田中,12000,キャンセル\n",
            "list of orders",
        ),
        (
            "Номер заказа;Дата заказа;Сумма заказа;Статус\n1;01.03.2026;9000,50;Выполнен\n"
            "2;13.03.2026;12000,00;Отменен\n",
            "list of orders",
        ),
        (
            "会員番号,氏名,累計購入金額,購入回数,最終購入日\n1,山田,90000,3,2026-02-01\n2,田中,1000,1,2026-01-01\n",
            "rows are customers",
        ),
    ],
)
def test_orders_and_customers_are_no_sessions(tmp_path, text, said):
    with pytest.raises(IngestError, match=said):
        inspect(write(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "セッションID,日時,イベント,注文番号,売上,注文ステータス\ns1,2026-03-02 10:00,商品閲覧,,,\n"
        "s1,2026-03-02 10:04,購入,O1,4000,完了\ns2,2026-03-02 11:04,購入,O2,9000,キャンセル\n",
        "ID сессии;Дата и время;Событие;Номер заказа;Выручка;Статус\ns1;02.03.2026 10:00;Просмотр товара;;;\n"
        "s1;02.03.2026 10:04;Покупка;O1;4 000,00;Оплачен\ns2;13.03.2026 11:04;Покупка;O2;9000,00;Отменен\n",
        "セッションID,日時,イベント,注文番号,売上\ns1,2026-03-02 10:00,商品閲覧,,\n"
        "s1,2026-03-02 10:04,購入,O1,4000\ns2,2026-03-02 11:00,商品閲覧,,\n"
        "s2,2026-03-02 11:04,返金,O9,9000\n",
    ],
)
def test_orders_called_off_and_money_given_back_are_no_sales(tmp_path, text):
    path = write(tmp_path, text)
    assert not inspect(path).needs_mapping
    made = export_of(path)
    assert (len(made.rows), made.n_buyers, made.revenue) == (2, 1, 4000)


def test_a_column_of_money_that_no_name_explains_is_asked_about(tmp_path):
    text = (
        "セッションID,日時,イベント,商品ID,売上,ポイント金額\ns1,2026-03-02 10:00,商品閲覧,p1,,\n"
        "s1,2026-03-02 10:04,購入,p1,4000,200\n"
    )
    assert inspect(write(tmp_path, text)).needs_mapping


def test_capitals_of_turkish_are_the_same_words(tmp_path):
    text = (
        "OTURUM ID,TARİH VE SAAT,OLAY,FİYAT,GELİR\ns1,2026-03-02 10:00:00,ÜRÜN GÖRÜNTÜLEME,40,\n"
        "s1,2026-03-02 10:04:00,SATIN ALMA,,80\ns2,2026-03-02 11:00:00,ÜRÜN GÖRÜNTÜLEME,40,\n"
    )
    path = write(tmp_path, text)
    assert not inspect(path).needs_mapping
    assert export_of(path).revenue == 80


@pytest.mark.parametrize(
    ("name", "code"),
    [("日本", "JP"), ("대한민국", "KR"), ("Россия", "RU"), ("Almanya", "DE"), ("السعودية", "SA"),
     ("台灣", "TW"), ("Rakousko", "AT"), ("États-Unis", "US"), ("Брянск", None)],
)  # fmt: skip
def test_countries_are_known_in_their_own_languages(name, code):
    assert country_code(name) == code
