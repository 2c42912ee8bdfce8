"""Headings and words of exports in Japanese, Korean, Chinese, Russian, Ukrainian, Turkish, Arabic and more.

Also Danish, Norwegian, Finnish, Czech, Hungarian, Greek, Romanian and Hebrew. They stand beside the names of
``synonyms``, which is what compares them. Where a language writes one session
and many alike (セッション, 세션), that word alone is a count, as in reports, and never an id.
"""

from __future__ import annotations

from core.schema.events import EventType

#: Names of event columns, by canonical column.
EVENT_COLUMNS: dict[str, str] = {
    "session_id": (
        "セッションid, セッション番号, セッション識別子, 訪問id, 세션id, 세션 번호, 방문id, 会话id, "
        "会话编号, 访问id, 会话标识, 會話id, 工作階段id, 工作階段編號, 造訪id, id сессии, "
        "идентификатор сессии, сессия, id сеанса, идентификатор сеанса, сеанс, id визита, визит, "
        "номер визита, id сеансу, ідентифікатор сеансу, id сесії, id візиту, oturum id, oturum kimliği, "
        "oturum no, ziyaret id, معرف الجلسة, رقم الجلسة, جلسة, الجلسة, besøgs-id, økt-id, økt, økts-id, "
        "besøks-id, istunnon tunnus, istunto, istunto-id, istunto id, istuntotunnus, käynnin tunnus, "
        "id relace, relace, id návštěvy, návštěva, munkamenet azonosító, munkamenet-azonosító, "
        "látogatás azonosító, αναγνωριστικό συνεδρίας, συνεδρία, κωδικός συνεδρίας, id sesiune, sesiune, "
        "id vizită, מזהה סשן, מזהה ביקור, סשן, id sedenia, id relácie"
    ),
    "visitor_id": (
        "訪問者id, ビジターid, クッキーid, クライアントid, デバイスid, 방문자id, 쿠키id, 기기id, "
        "클라이언트id, 访客id, 访问者id, 设备id, 客户端id, 訪客id, 裝置id, id посетителя, посетитель, "
        "id клиента метрики, id устройства, id відвідувача, відвідувач, ziyaretçi id, ziyaretçi, "
        "ziyaretçi no, çerez id, cihaz id, معرف الزائر, الزائر, معرف الجهاز, besøgende, besøgende-id, "
        "besøkende, besøkende-id, kävijä, kävijätunnus, kävijän tunnus, id návštěvníka, návštěvník, "
        "látogató, látogató azonosító, látogatóazonosító, επισκέπτης, αναγνωριστικό επισκέπτη, "
        "id vizitator, vizitator, מזהה מבקר, מבקר"
    ),
    "user_id": (
        "ユーザーid, ユーザid, 会員id, 会員番号, 顧客id, 顧客番号, お客様番号, 회원id, 회원번호, "
        "사용자id, 유저id, 고객id, 고객번호, 用户id, 用户编号, 会员id, 客户id, 买家id, 使用者id, 會員id, "
        "會員編號, 顧客編號, id пользователя, пользователь, id клиента, клиент, номер клиента, "
        "id покупателя, покупатель, id користувача, користувач, id клієнта, клієнт, kullanıcı id, "
        "kullanıcı, kullanıcı no, üye id, üye no, müşteri id, müşteri no, müşteri, معرف المستخدم, "
        "المستخدم, معرف العميل, العميل, رقم العميل, bruger, bruger-id, kunde-id, kundenr, bruker, "
        "bruker-id, käyttäjä, käyttäjätunnus, asiakas, asiakastunnus, asiakasnumero, id uživatele, "
        "uživatel, id zákazníka, zákazník, felhasználó, felhasználó azonosító, felhasználóazonosító, "
        "vásárló, vásárlóazonosító, ügyfélazonosító, χρήστης, αναγνωριστικό χρήστη, κωδικός πελάτη, "
        "πελάτης, id utilizator, utilizator, id client, מזהה משתמש, משתמש, מזהה לקוח, לקוח"
    ),
    "order_id": (
        "注文番号, 注文id, 受注番号, 取引id, トランザクションid, 주문번호, 주문id, 거래id, 거래번호, "
        "订单号, 订单编号, 订单id, 交易号, 訂單編號, 訂單id, 訂單號碼, номер заказа, id заказа, "
        "id транзакции, номер транзакции, номер замовлення, id замовлення, sipariş no, sipariş numarası, "
        "sipariş id, işlem no, işlem id, رقم الطلب, معرف الطلب, رقم العملية, ordrenummer, ordre-id, "
        "ordrenr, tilausnumero, tilaustunnus, tilaus-id, číslo objednávky, id objednávky, rendelésszám, "
        "rendelés azonosító, rendelési azonosító, αριθμός παραγγελίας, κωδικός παραγγελίας, "
        "număr comandă, id comandă, nr comandă, מספר הזמנה, מזהה הזמנה"
    ),
    "order_status": (
        "注文ステータス, ステータス, 注文状態, 支払状況, 決済ステータス, 주문상태, 결제상태, 상태, "
        "订单状态, 状态, 支付状态, 訂單狀態, 狀態, 付款狀態, статус заказа, статус, статус оплаты, "
        "статус замовлення, sipariş durumu, durum, ödeme durumu, حالة الطلب, الحالة, حالة الدفع, "
        "ordrestatus, betalingsstatus, tilauksen tila, tila, maksun tila, stav objednávky, stav, "
        "stav platby, rendelés állapota, állapot, fizetési állapot, κατάσταση παραγγελίας, κατάσταση, "
        "stare comandă, stare, סטטוס הזמנה, סטטוס"
    ),
    "timestamp": (
        "日時, 時刻, 時間, タイムスタンプ, 発生日時, イベント日時, イベント時刻, アクセス日時, 閲覧日時, "
        "記録日時, 일시, 시각, 시간, 타임스탬프, 이벤트 일시, 이벤트 시간, 발생일시, 접속일시, "
        "날짜 및 시간, 时间, 时间戳, 日期时间, 事件时间, 发生时间, 访问时间, 行为时间, 時間戳, 日期時間, "
        "事件時間, 發生時間, дата и время, время, время события, дата и время события, метка времени, "
        "дата і час, час, час події, мітка часу, tarih ve saat, tarih saat, zaman, zaman damgası, "
        "olay zamanı, saat, التاريخ والوقت, الوقت, وقت الحدث, الطابع الزمني, tidspunkt, tidsstempel, "
        "dato og tid, dato og klokkeslæt, klokkeslæt, dato og klokkeslett, klokkeslett, aikaleima, "
        "ajankohta, päivä ja aika, päivämäärä ja aika, aika, kellonaika, datum a čas, čas, "
        "časové razítko, čas události, időpont, dátum és idő, időbélyeg, idő, ημερομηνία και ώρα, ώρα, "
        "χρονοσήμανση, data și ora, dată și oră, ora evenimentului, marcaj temporal, תאריך ושעה, זמן, שעה"
    ),
    "date": (
        "日付, 年月日, イベント日, 날짜, 일자, 日期, 事件日期, дата, дата события, дата події, tarih, "
        "olay tarihi, التاريخ, تاريخ, dato, päivämäärä, päivä, dátum, nap, ημερομηνία, dată, תאריך"
    ),
    "event_type": (
        "イベント, イベント名, イベント種別, イベントタイプ, アクション, 行動, 行動種別, 操作, 이벤트, "
        "이벤트명, 이벤트 이름, 이벤트 유형, 이벤트 타입, 행동, 행동 유형, 액션, 事件, 事件名称, "
        "事件类型, 行为, 行为类型, 动作, 操作类型, 事件名稱, 事件類型, 行為, 行為類型, 動作, событие, "
        "название события, тип события, имя события, действие, подія, назва події, тип події, дія, olay, "
        "olay adı, olay türü, olay tipi, etkinlik, etkinlik adı, eylem, الحدث, حدث, اسم الحدث, "
        "نوع الحدث, الإجراء, hændelse, hændelsestype, hændelsesnavn, begivenhed, hendelse, "
        "hendelsestype, tapahtuma, tapahtuman nimi, tapahtumatyyppi, tapahtuman tyyppi, toiminto, "
        "událost, název události, typ události, akce, esemény, esemény neve, esemény típusa, "
        "eseménytípus, művelet, συμβάν, όνομα συμβάντος, τύπος συμβάντος, ενέργεια, eveniment, "
        "nume eveniment, tip eveniment, acțiune, אירוע, שם האירוע, סוג אירוע, פעולה, händelse, "
        "händelsetyp, händelsenamn, åtgärd"
    ),
    "product_id": (
        "商品id, 商品番号, 商品コード, 商品名, 商品, 製品id, 品番, アイテムid, 상품id, 상품번호, "
        "상품코드, 상품명, 상품, 제품id, 商品编号, 商品编码, 商品名称, 产品id, 产品编号, 产品, 商品編號, "
        "商品名稱, 產品id, 產品編號, id товара, товар, артикул, код товара, id продукта, "
        "название товара, id товару, назва товару, код товару, ürün id, ürün, ürün kodu, ürün no, "
        "ürün adı, معرف المنتج, المنتج, رمز المنتج, رقم المنتج, اسم المنتج, produkt-id, produktnr, "
        "varenummer, vare, varenr, tuotetunnus, tuote, tuote-id, tuotekoodi, tuotenumero, "
        "tuotteen tunnus, id produktu, kód produktu, číslo produktu, produkt, termék, termékazonosító, "
        "termék azonosító, termékkód, cikkszám, προϊόν, κωδικός προϊόντος, αναγνωριστικό προϊόντος, "
        "id produs, produs, cod produs, מזהה מוצר, מוצר, קוד מוצר"
    ),
    "category": (
        "カテゴリ, カテゴリー, 商品カテゴリ, 商品カテゴリー, 카테고리, 상품 카테고리, 분류, 类别, 类目, "
        "分类, 商品类别, 商品分类, 類別, 分類, 商品類別, категория, категория товара, категорія, "
        "категорія товару, kategori, ürün kategorisi, الفئة, فئة المنتج, التصنيف, produktkategori, "
        "varegruppe, kategoria, tuotekategoria, tuoteryhmä, kategorie produktu, kategória, "
        "termékkategória, κατηγορία, κατηγορία προϊόντος, categorie produs, קטגוריה"
    ),
    "colour": (
        "色, カラー, 색상, 颜色, 顏色, цвет, колір, renk, اللون, farve, farge, väri, barva, szín, χρώμα, "
        "culoare, צבע"
    ),
    "brand": (
        "ブランド, メーカー, 브랜드, 제조사, 品牌, бренд, производитель, marka, العلامة التجارية, "
        "الماركة, mærke, merke, merkki, tuotemerkki, značka, márka, μάρκα, marcă, מותג"
    ),
    "price": (
        "価格, 単価, 商品価格, 販売価格, 가격, 단가, 상품가격, 판매가, 价格, 单价, 商品价格, 價格, 單價, "
        "商品價格, цена, цена за единицу, цена товара, ціна, ціна за одиницю, fiyat, birim fiyat, "
        "ürün fiyatı, السعر, سعر, سعر الوحدة, سعر المنتج, pris, stykpris, enhedspris, enhetspris, "
        "stykkpris, hinta, yksikköhinta, kappalehinta, cena za kus, jednotková cena, ár, egységár, "
        "termékár, τιμή, τιμή μονάδας, preț, preț unitar, מחיר, מחיר ליחידה, 金額, 금액, 金额"
    ),
    "quantity": (
        "数量, 個数, 購入数, 수량, 개수, 数目, 件数, 數量, количество, кол-во, количество товара, "
        "кількість, adet, miktar, الكمية, كمية, antal, antall, määrä, kpl, množství, počet kusů, "
        "mennyiség, darabszám, darab, ποσότητα, cantitate, כמות"
    ),
    "revenue": (
        "売上, 売上金額, 売上高, 収益, 合計金額, 注文金額, 購入金額, 支払金額, 総額, 合計収益, 매출, "
        "매출액, 수익, 총액, 결제금액, 주문금액, 구매금액, 합계금액, 收入, 销售额, 订单金额, 总金额, "
        "总价, 支付金额, 交易金额, 成交金额, 營收, 銷售額, 訂單金額, 總金額, 付款金額, 交易金額, "
        "выручка, доход, сумма заказа, сумма, сумма покупки, стоимость заказа, оборот, дохід, виручка, "
        "сума, сума замовлення, gelir, ciro, tutar, toplam tutar, sipariş tutarı, toplam, satış tutarı, "
        "الإيرادات, إيرادات, الإيراد, قيمة الطلب, إجمالي الطلب, المبلغ, المبلغ الإجمالي, omsætning, "
        "omsetning, beløb, beløp, ordreværdi, ordreverdi, ordrebeløb, myynti, liikevaihto, summa, "
        "tilauksen summa, tilauksen arvo, tuotto, tržby, tržba, hodnota objednávky, částka, bevétel, "
        "árbevétel, rendelés értéke, rendelési érték, összeg, végösszeg, έσοδα, αξία παραγγελίας, ποσό, "
        "σύνολο, venituri, venit, valoare comandă, valoarea comenzii, sumă, הכנסה, הכנסות, סכום, "
        "סכום הזמנה, סהכ"
    ),
    "currency": (
        "通貨, 通貨コード, 통화, 통화코드, 货币, 币种, 货币代码, 幣別, 貨幣, 幣種, валюта, код валюты, "
        "код валюти, para birimi, döviz, العملة, عملة, رمز العملة, valutta, valuutta, měna, kód měny, "
        "pénznem, deviza, νόμισμα, monedă, valută, מטבע"
    ),
    "country": (
        "国, 国名, 国コード, 국가, 국가코드, 나라, 国家, 国家代码, 國家, 國家代碼, страна, код страны, "
        "країна, код країни, ülke, ülke kodu, البلد, الدولة, رمز البلد, maa, maakoodi, země, kód země, "
        "stát, ország, országkód, χώρα, κωδικός χώρας, țară, cod țară, מדינה, ארץ"
    ),
    "page": (
        "ページ, ページurl, ページパス, ページタイトル, 페이지, 페이지url, 페이지 경로, 페이지 제목, "
        "页面, 页面url, 页面路径, 页面标题, 頁面, 頁面網址, 網頁, 網址, страница, адрес страницы, "
        "url страницы, заголовок страницы, сторінка, адреса сторінки, url сторінки, sayfa, sayfa url, "
        "sayfa adresi, sayfa yolu, sayfa başlığı, الصفحة, رابط الصفحة, عنوان الصفحة, sideadresse, "
        "sidetittel, sidetitel, side-url, sidens url, sivu, sivun osoite, sivun url, sivun otsikko, "
        "stránka, adresa stránky, url stránky, název stránky, oldal, oldal url, oldal címe, σελίδα, "
        "url σελίδας, διεύθυνση σελίδας, pagină, url pagină, adresa paginii, עמוד, דף, כתובת הדף, side"
    ),
    "device": (
        "デバイス, デバイスカテゴリ, 端末, 端末種別, デバイスタイプ, 기기, 디바이스, 기기 유형, "
        "기기 카테고리, 设备, 设备类型, 设备类别, 裝置, 裝置類別, 裝置類型, устройство, тип устройства, "
        "категория устройства, пристрій, тип пристрою, cihaz, cihaz türü, cihaz kategorisi, cihaz tipi, "
        "الجهاز, نوع الجهاز, فئة الجهاز, enhed, enhedstype, enhedskategori, enhetstype, enhetskategori, "
        "laite, laitetyyppi, laiteluokka, zařízení, typ zařízení, kategorie zařízení, eszköz, "
        "eszköztípus, eszközkategória, συσκευή, τύπος συσκευής, κατηγορία συσκευής, dispozitiv, "
        "tip dispozitiv, מכשיר, סוג מכשיר"
    ),
    "channel": (
        "チャネル, 流入元, 参照元, メディア, 流入チャネル, 채널, 유입경로, 유입채널, 소스, 매체, 渠道, "
        "来源, 媒介, 流量来源, 管道, 來源, 媒介管道, канал, источник, источник трафика, канал трафика, "
        "джерело, джерело трафіку, kanal, kaynak, trafik kaynağı, القناة, المصدر, مصدر الزيارات, kilde, "
        "trafikkilde, lähde, kanava, liikenteen lähde, kanál, zdroj, zdroj návštěvnosti, csatorna, "
        "forrás, forgalmi forrás, κανάλι, πηγή, sursă, sursa de trafic, ערוץ, מקור"
    ),
}
#: Words for what a visitor did, by event type.
EVENT_WORDS: dict[str, str] = {
    EventType.PAGE_VIEW: (
        "ページビュー, ページ閲覧, ページ表示, ページを表示, 페이지뷰, 페이지 조회, 페이지 보기, "
        "페이지 방문, 页面浏览, 页面访问, 浏览页面, 網頁瀏覽, 頁面瀏覽, 瀏覽頁面, просмотр страницы, "
        "посещение страницы, перегляд сторінки, sayfa görüntüleme, sayfa ziyareti, sayfa görüntülendi, "
        "عرض صفحة, عرض الصفحة, مشاهدة صفحة, مشاهدة الصفحة, زيارة صفحة, sidevisning, besøg side, "
        "sivun katselu, sivukatselu, sivun näyttö, zobrazení stránky, oldalmegtekintés, "
        "oldal megtekintése, προβολή σελίδας, vizualizare pagină, pagină vizualizată, צפייה בדף, "
        "צפייה בעמוד"
    ),
    EventType.SEARCH: (
        "検索, サイト内検索, 商品検索, 검색, 상품 검색, 사이트 검색, 搜索, 站内搜索, 商品搜索, 搜尋, "
        "站內搜尋, поиск, поиск по сайту, поиск товара, пошук, пошук на сайті, arama, site içi arama, "
        "ürün arama, بحث, البحث, søgning, søg, søk, haku, tuotehaku, vyhledávání, hledání, keresés, "
        "αναζήτηση, căutare, חיפוש"
    ),
    EventType.LIST_VIEW: (
        "商品一覧, 商品一覧表示, カテゴリ閲覧, カテゴリ表示, 一覧表示, 상품목록 조회, 카테고리 조회, "
        "목록 조회, 列表浏览, 类目浏览, 商品列表浏览, 列表瀏覽, 分類瀏覽, просмотр категории, "
        "просмотр списка, просмотр каталога, перегляд категорії, kategori görüntüleme, "
        "liste görüntüleme, عرض الفئة, عرض القائمة, kategorivisning, listevisning, kategorian katselu, "
        "zobrazení kategorie, kategória megtekintése, προβολή κατηγορίας, vizualizare categorie, "
        "צפייה בקטגוריה"
    ),
    EventType.PRODUCT_VIEW: (
        "商品閲覧, 商品詳細, 商品表示, 商品詳細表示, 商品詳細閲覧, 商品ページ閲覧, 閲覧, 상품조회, "
        "상품 조회, 상품 상세 조회, 상품보기, 상품 상세, 조회, 商品浏览, 浏览商品, 商品详情, 查看商品, "
        "浏览, 商品瀏覽, 瀏覽商品, 商品詳情, 瀏覽, просмотр товара, просмотр карточки товара, "
        "карточка товара, просмотр продукта, просмотр, перегляд товару, перегляд картки товару, "
        "перегляд, ürün görüntüleme, ürün görüntülendi, ürün detay, ürün detayı, ürün inceleme, "
        "görüntüleme, عرض منتج, عرض المنتج, مشاهدة منتج, مشاهدة المنتج, produktvisning, varevisning, "
        "vis produkt, tuotteen katselu, tuotekatselu, zobrazení produktu, detail produktu, "
        "termékmegtekintés, termék megtekintése, προβολή προϊόντος, vizualizare produs, "
        "produs vizualizat, צפייה במוצר"
    ),
    EventType.CLICK: (
        "クリック, 클릭, 点击, 點擊, клик, нажатие, клік, tıklama, tıklandı, نقرة, نقر, klikk, klikkaus, "
        "kliknutí, kattintás, κλικ, קליק, הקלקה"
    ),
    EventType.CART_ADD: (
        "カートに追加, カート追加, カートへ追加, カート投入, カートに入れる, カートイン, "
        "買い物かごに追加, 장바구니 추가, 장바구니 담기, 장바구니에 추가, 카트 추가, 장바구니, "
        "加入购物车, 加购, 添加到购物车, 加入購物車, добавление в корзину, добавить в корзину, "
        "добавлено в корзину, в корзину, добавил в корзину, товар добавлен в корзину, додавання в кошик, "
        "додати в кошик, додано в кошик, додавання до кошика, sepete ekleme, sepete ekle, "
        "sepete eklendi, sepet ekleme, إضافة إلى السلة, أضف إلى السلة, إضافة للسلة, "
        "إضافة إلى عربة التسوق, الإضافة إلى السلة, læg i kurv, lagt i kurv, tilføj til kurv, "
        "tilføjet til kurv, læg i indkøbskurv, legg i handlekurv, lagt i handlekurv, "
        "legg i handlekurven, lisää ostoskoriin, lisätty ostoskoriin, ostoskoriin lisäys, "
        "lisäys ostoskoriin, přidání do košíku, přidat do košíku, přidáno do košíku, do košíku, "
        "kosárba helyezés, kosárba tétel, kosárba rakás, kosárba, kosárhoz adás, προσθήκη στο καλάθι, "
        "adăugare în coș, adaugă în coș, adăugat în coș, הוספה לסל, הוסף לסל, הוספה לעגלה"
    ),
    EventType.CART_REMOVE: (
        "カートから削除, カート削除, 장바구니 삭제, 장바구니에서 삭제, 장바구니 제거, 从购物车删除, "
        "移出购物车, 从购物车移除, 從購物車移除, 移出購物車, удаление из корзины, удалить из корзины, "
        "удалено из корзины, видалення з кошика, видалити з кошика, sepetten çıkarma, sepetten çıkar, "
        "sepetten silme, sepetten çıkarıldı, إزالة من السلة, حذف من السلة, الإزالة من السلة, "
        "fjern fra kurv, fjernet fra kurv, fjern fra handlekurv, fjernet fra handlekurv, "
        "poista ostoskorista, poistettu ostoskorista, poisto ostoskorista, odebrání z košíku, "
        "odebrat z košíku, eltávolítás a kosárból, törlés a kosárból, αφαίρεση από το καλάθι, "
        "eliminare din coș, eliminat din coș, הסרה מהסל"
    ),
    EventType.CART_VIEW: (
        "カート表示, カート閲覧, カート確認, 장바구니 조회, 장바구니 보기, 查看购物车, 浏览购物车, "
        "查看購物車, просмотр корзины, перегляд кошика, sepeti görüntüleme, sepet görüntüleme, "
        "sepet görüntülendi, عرض السلة, عرض سلة التسوق, vis kurv, kurvvisning, vis handlekurv, "
        "ostoskorin katselu, zobrazení košíku, kosár megtekintése, προβολή καλαθιού, vizualizare coș, "
        "צפייה בסל"
    ),
    EventType.CHECKOUT: (
        "購入手続き, 購入手続き開始, 注文手続き, 注文手続き開始, チェックアウト, チェックアウト開始, "
        "レジに進む, 決済開始, 결제 시작, 주문서 작성, 체크아웃, 결제하기, 结账, 开始结账, 去结算, "
        "提交订单页, 結帳, 開始結帳, оформление заказа, начало оформления заказа, начало оформления, "
        "переход к оформлению, оформлення замовлення, початок оформлення замовлення, ödeme başlatma, "
        "ödemeye başlama, ödeme adımı, ödemeye geç, ödeme sayfası, إتمام الطلب, بدء الدفع, الدفع, "
        "بدء إتمام الشراء, kassen, til kassen, gå til kassen, påbegyndt betaling, begynt betaling, "
        "kassalle, siirry kassalle, kassan aloitus, pokladna, zahájení objednávky, přechod do pokladny, "
        "pénztár, fizetés megkezdése, ολοκλήρωση αγοράς έναρξη, έναρξη πληρωμής, ταμείο, începere plată, "
        "finalizare comandă, מעבר לקופה, תחילת תשלום"
    ),
    EventType.PURCHASE: (
        "購入, 購入完了, 注文, 注文完了, 決済完了, 購買, 購買完了, 구매, 구매완료, 구매 완료, 주문, "
        "주문완료, 주문 완료, 결제완료, 결제 완료, 购买, 下单, 支付成功, 购买完成, 交易完成, 購買成功, "
        "訂購完成, 訂單完成, покупка, покупка совершена, заказ, заказ оформлен, оплата заказа, "
        "заказ оплачен, совершение покупки, купівля, замовлення, замовлення оформлено, satın alma, "
        "satın alındı, satın aldı, sipariş, sipariş tamamlandı, sipariş verildi, satış, شراء, "
        "عملية شراء, الشراء, تم الشراء, طلب, køb, køb gennemført, ordre, bestilling, kjøp, "
        "kjøp fullført, kjøpt, osto, ostettu, tilaus, tilaus tehty, nákup, nákup dokončen, objednávka, "
        "objednávka dokončena, vásárlás, rendelés, rendelés leadva, megvásárolva, αγορά, παραγγελία, "
        "ολοκλήρωση αγοράς, achiziție, cumpărare, comandă, comandă plasată, רכישה, קנייה, הזמנה"
    ),
    EventType.OTHER: (
        "セッション開始, セッション終了, スクロール, ログイン, 会員登録, お気に入り, お気に入り追加, "
        "その他, 세션 시작, 세션 종료, 스크롤, 로그인, 회원가입, 찜하기, 찜, 기타, 会话开始, 会话结束, "
        "登录, 注册, 收藏, 其他, 登入, 註冊, 加入收藏, начало сеанса, начало сессии, вход, авторизация, "
        "регистрация, избранное, добавление в избранное, прокрутка, другое, прочее, вхід, реєстрація, "
        "обране, інше, oturum başlangıcı, oturum başlatma, giriş, üye olma, kayıt, favorilere ekleme, "
        "favori, kaydırma, diğer, بدء الجلسة, تسجيل الدخول, تسجيل, إضافة إلى المفضلة, المفضلة, أخرى, "
        "log ind, log på, tilmelding, ønskeliste, andet, logg inn, registrering, annet, kirjautuminen, "
        "rekisteröityminen, suosikki, toivelista, muu, přihlášení, registrace, oblíbené, jiné, ostatní, "
        "bejelentkezés, regisztráció, kedvencek, egyéb, σύνδεση, εγγραφή, άλλο, autentificare, "
        "înregistrare, favorite, altele, התחברות, הרשמה, אחר, 注文キャンセル, 購入キャンセル, "
        "キャンセル, 주문취소, 주문 취소, 取消订单, 订单取消, 取消訂單, отмена заказа, заказ отменен, "
        "заказ отменён, скасування замовлення, sipariş iptali, sipariş iptal edildi, إلغاء الطلب, "
        "ordre annulleret, ordre kansellert, tilauksen peruutus, tilaus peruttu, zrušení objednávky, "
        "objednávka zrušena, rendelés törlése, rendelés törölve, ακύρωση παραγγελίας, anulare comandă, "
        "comandă anulată, ביטול הזמנה, order avbruten, order avbokad, 返金, 返品, 払い戻し, 환불, 반품, "
        "退款, 退货, 退貨, возврат, возврат товара, возврат средств, повернення, повернення коштів, "
        "iade, para iadesi, ürün iadesi, استرداد, استرجاع, إرجاع, refusion, refundering, hyvitys, "
        "palautus, vrácení peněz, vrácení zboží, refundace, visszatérítés, visszaküldés, "
        "επιστροφή χρημάτων, επιστροφή, rambursare, החזר, זיכוי, återbetalning, retur"
    ),
}
#: Names of columns of session rows, by column of the session row.
SESSION_COLUMNS: dict[str, str] = {
    "session_id": EVENT_COLUMNS["session_id"],
    "visitor_id": f"{EVENT_COLUMNS['visitor_id']}, {EVENT_COLUMNS['user_id']}",
    "started_at": (
        "開始日時, 開始時刻, セッション開始, セッション開始日時, 訪問日時, "
        "시작시간, 시작일시, 세션 시작, 세션 시작시간, 방문일시, "
        "开始时间, 会话开始时间, "
        "访问开始时间, 開始時間, 工作階段開始時間, 造訪時間, "
        "время начала, начало, начало сессии, начало сеанса, "
        "начало "
        "визита, дата и время визита, дата визита, время начала сеанса, час початку, початок сеансу, "
        "дата візиту, başlangıç zamanı, başlangıç, oturum başlangıcı, başlangıç tarihi, وقت البدء, "
        "بداية الجلسة, تاريخ البدء, وقت بدء الجلسة, starttidspunkt, sessionsstart, alkuaika, "
        "aloitusaika, istunnon alku, začátek, začátek relace, začátek návštěvy, čas začátku, kezdés, "
        "kezdő időpont, kezdési idő, munkamenet kezdete, έναρξη, ώρα έναρξης, început, ora începerii, "
        "data începerii, זמן התחלה, תחילת סשן, "
        f"{EVENT_COLUMNS['timestamp']}, {EVENT_COLUMNS['date']}"
    ),
    "n_events": (
        "イベント数, アクション数, ヒット数, 이벤트 수, 이벤트수, 事件数, 事件數, количество событий, "
        "число событий, событий, кількість подій, olay sayısı, etkinlik sayısı, عدد الأحداث, "
        "antal hændelser, antall hendelser, tapahtumien määrä, tapahtumat, počet událostí, události, "
        "események száma, események, αριθμός συμβάντων, număr evenimente, evenimente, מספר אירועים"
    ),
    "clicks": (
        "クリック数, 클릭수, 클릭 수, 点击数, 点击次数, 點擊數, клики, количество кликов, число кликов, "
        "кліки, tıklama sayısı, tıklamalar, عدد النقرات, النقرات, antal klik, antall klikk, klikkaukset, "
        "počet kliknutí, kattintások, kattintások száma, κλικ, clicuri"
    ),
    "page_views": (
        "ページビュー, ページビュー数, pv数, 閲覧ページ数, ページ数, 페이지뷰, 페이지뷰 수, "
        "조회 페이지 수, 페이지 수, 页面浏览量, 浏览量, 浏览页数, 页面浏览数, 瀏覽量, 網頁瀏覽量, "
        "瀏覽頁數, просмотры страниц, просмотры, количество просмотров, глубина просмотра, "
        "количество страниц, просмотрено страниц, перегляди сторінок, перегляди, sayfa görüntüleme, "
        "sayfa görüntülemeleri, sayfa sayısı, görüntülenen sayfa sayısı, مشاهدات الصفحة, عدد الصفحات, "
        "مشاهدات الصفحات, sidevisninger, antal sider, antall sider, sivunäytöt, sivun katselut, "
        "sivumäärä, zobrazení stránek, počet stránek, zobrazené stránky, oldalmegtekintések, "
        "megtekintett oldalak, oldalak száma, προβολές σελίδας, προβολές σελίδων, vizualizări de pagină, "
        "vizualizări pagini, pagini vizualizate, צפיות בדף, צפיות בעמוד"
    ),
    "product_views": (
        "商品閲覧数, 商品表示回数, 商品詳細閲覧数, 상품조회수, 상품 조회수, 상품 조회 수, 商品浏览量, "
        "商品浏览数, 商品浏览次数, 商品瀏覽數, 商品瀏覽量, просмотры товаров, просмотры товара, "
        "количество просмотров товаров, перегляди товарів, ürün görüntüleme, ürün görüntülemeleri, "
        "ürün görüntüleme sayısı, görüntülenen ürün sayısı, مشاهدات المنتج, مشاهدات المنتجات, "
        "produktvisninger, tuotekatselut, tuotteiden katselut, zobrazení produktů, zobrazené produkty, "
        "termékmegtekintések, προβολές προϊόντων, προβολές προϊόντος, vizualizări de produs, "
        "vizualizări produse, צפיות במוצר"
    ),
    "searches": (
        "検索数, 検索回数, 검색수, 검색 횟수, 搜索次数, 搜尋次數, количество поисков, поиски, "
        "кількість пошуків, arama sayısı, aramalar, عدد عمليات البحث, søgninger, søk, haut, hakuja, "
        "počet hledání, keresések, αναζητήσεις, căutări, חיפושים"
    ),
    "cart_adds": (
        "カート追加数, カート追加回数, カート投入数, 장바구니 추가, 장바구니 추가수, 장바구니 담기 수, "
        "加购次数, 加购数, 加入购物车次数, 加入購物車次數, добавления в корзину, "
        "количество добавлений в корзину, добавлений в корзину, додавання в кошик, sepete ekleme, "
        "sepete eklemeler, sepete ekleme sayısı, الإضافات إلى السلة, عدد الإضافات إلى السلة, "
        "lagt i kurv, tilføjet til kurv, lagt i handlekurv, lisäykset ostoskoriin, lisätty ostoskoriin, "
        "přidání do košíku, kosárba helyezések, προσθήκες στο καλάθι, adăugări în coș, הוספות לסל"
    ),
    "cart_removes": (
        "カート削除数, 장바구니 삭제수, 移出购物车次数, удаления из корзины, sepetten çıkarma, "
        "الإزالة من السلة, fjernet fra kurv, odebrání z košíku"
    ),
    "checkouts": (
        "チェックアウト数, 購入手続き開始数, 체크아웃 수, 结账次数, 結帳次數, оформления заказа, "
        "начала оформления, ödeme başlatma, عمليات الدفع"
    ),
    "duration_seconds": (
        "滞在時間, 滞在時間秒, セッション時間, 閲覧時間, 体류시간, 체류시간, 체류 시간, 세션 시간, "
        "세션 지속시간, 时长, 停留时间, 停留时长, 会话时长, 访问时长, 停留時間, 工作階段時間, "
        "длительность, длительность визита, продолжительность, продолжительность сессии, "
        "продолжительность сеанса, время на сайте, длительность сеанса, тривалість, тривалість сеансу, "
        "час на сайті, süre, oturum süresi, kalma süresi, ziyaret süresi, المدة, مدة الجلسة, "
        "الوقت على الموقع, varighed, sessionsvarighed, varighet, øktvarighet, kesto, istunnon kesto, "
        "doba trvání, trvání, délka relace, délka návštěvy, időtartam, munkamenet időtartama, διάρκεια, "
        "διάρκεια συνεδρίας, durată, durata sesiunii, משך, משך סשן"
    ),
    "unique_products": "商品数, 閲覧商品数, 상품수, 商品数量, уникальные товары, farklı ürün sayısı",
    "price_mean": (
        "平均価格, 平均単価, 평균가격, 평균 가격, 平均价格, 平均價格, средняя цена, середня ціна, "
        "ortalama fiyat, متوسط السعر, gennemsnitspris, gjennomsnittspris, keskihinta, průměrná cena, "
        "átlagár, μέση τιμή, preț mediu"
    ),
    "price_max": (
        "最高価格, 최고가격, 最高价格, максимальная цена, en yüksek fiyat, أعلى سعر, højeste pris, "
        "høyeste pris, korkein hinta, nejvyšší cena, maximális ár"
    ),
    "cart_value": (
        "カート金額, カート合計, 장바구니 금액, 购物车金额, 購物車金額, сумма корзины, "
        "стоимость корзины, сума кошика, sepet tutarı, sepet değeri, قيمة السلة, kurvværdi, "
        "ostoskorin arvo, hodnota košíku, kosárérték, αξία καλαθιού, valoare coș"
    ),
    "dominant_category": EVENT_COLUMNS["category"],
    "country": EVENT_COLUMNS["country"],
    "device": EVENT_COLUMNS["device"],
    "channel": EVENT_COLUMNS["channel"],
    "day_of_week": (
        "曜日, 요일, 星期, 星期几, день недели, день тижня, haftanın günü, gün, يوم الأسبوع, اليوم, "
        "ugedag, ukedag, viikonpäivä, den v týdnu, hét napja, ημέρα εβδομάδας, ziua săptămânii, יום בשבוע"
    ),
    "is_returning": (
        "リピーター, 再訪問, 재방문, 재방문 여부, 是否回访, 回访, повторный визит, вернувшийся, "
        "tekrar gelen, geri gelen, زائر عائد, tilbagevendende, tilbakevendende, palaava, vracející se, "
        "visszatérő"
    ),
    "purchased": (
        "購入, 購入有無, 購入フラグ, コンバージョン, 購入回数, 注文数, 구매, 구매여부, 구매 여부, 전환, "
        "구매 횟수, 주문수, 是否购买, 购买, 是否下单, 转化, 是否購買, 購買, 轉換, покупка, купил, "
        "заказы, покупки, конверсия, купівля, купив, покупець, satın alma, satın aldı, satın aldı mı, "
        "dönüşüm, satın alma sayısı, sipariş sayısı, شراء, تم الشراء, عملية شراء, عمليات الشراء, "
        "الطلبات, køb, købt, har købt, kjøp, kjøpt, har kjøpt, osto, ostanut, ostot, ostettu, nákup, "
        "nakoupil, objednávky, vásárlás, vásárolt, vásárlások, αγορά, αγόρασε, αγορές, achiziție, "
        "a cumpărat, comenzi, רכישה, רכש"
    ),
    "revenue": EVENT_COLUMNS["revenue"],
}
#: What devices are called, by how they are shown.
DEVICES: dict[str, str] = {
    "mobile": (
        "モバイル端末, スマホ, 携帯, 모바일, 휴대폰, 스마트폰, 手机, 移动设备, 移动端, 行動裝置, 手機, "
        "мобильный, мобильные, мобильное устройство, смартфон, смартфоны, телефон, мобільний, мобільні, "
        "mobil cihaz, cep telefonu, akıllı telefon, جوال, الجوال, هاتف, هاتف محمول, موبايل, mobilenhed, "
        "mobiili, puhelin, matkapuhelin, älypuhelin, chytrý telefon, okostelefon, κινητό, "
        "κινητό τηλέφωνο, נייד"
    ),
    "desktop": (
        "데스크톱, 데스크탑, 컴퓨터, 桌面, 桌面设备, 电脑, 電腦, 桌機, 桌上型電腦, десктоп, компьютер, "
        "компьютеры, пк, комп'ютер, masaüstü, bilgisayar, كمبيوتر, حاسوب, سطح المكتب, stationær, "
        "stasjonær, datamaskin, tietokone, pöytäkone, työpöytä, počítač, stolní počítač, asztali, "
        "asztali gép, számítógép, υπολογιστής, επιτραπέζιος υπολογιστής, calculator, מחשב"
    ),
    "tablet": (
        "태블릿, 平板, 平板电脑, 平板電腦, планшет, планшеты, جهاز لوحي, تابلت, nettbrett, tabletti, "
        "táblagép, tabletă, טאבלט"
    ),
}
#: What becomes of an order.
ORDER_STATUSES: dict[str, str] = {
    "paid": (
        "支払済み, 支払い済み, 入金済み, 完了, 発送済み, 出荷済み, 配送済み, 処理中, 결제완료, 배송중, "
        "배송완료, 완료, 구매확정, 已付款, 已完成, 已发货, 已支付, 交易成功, 已發貨, 已出貨, оплачен, "
        "оплачено, выполнен, завершен, завершён, доставлен, отправлен, в обработке, виконано, "
        "доставлено, відправлено, ödendi, tamamlandı, kargolandı, teslim edildi, onaylandı, "
        "hazırlanıyor, مدفوع, مكتمل, تم التوصيل, تم الشحن, قيد المعالجة, betalt, gennemført, afsendt, "
        "leveret, fullført, sendt, levert, maksettu, valmis, toimitettu, lähetetty, zaplaceno, "
        "dokončeno, doručeno, odesláno, vyřízeno, fizetve, teljesítve, kiszállítva, feldolgozás alatt, "
        "πληρωμένη, ολοκληρωμένη, ολοκληρώθηκε, παραδόθηκε, plătit, finalizată, livrat, expediat, שולם, "
        "הושלם, נשלח"
    ),
    "cancelled": (
        "キャンセル, キャンセル済み, 取消, 未払い, 未入金, 失敗, 支払い待ち, 入金待ち, 취소, 취소됨, "
        "주문취소, 결제대기, 입금대기, 실패, 미결제, 已取消, 取消订单, 未付款, 待付款, 支付失败, "
        "取消訂單, 付款失敗, отменен, отменён, отменено, отмена, не оплачен, ожидает оплаты, "
        "ошибка оплаты, скасовано, не оплачено, очікує оплати, iptal, iptal edildi, ödeme bekliyor, "
        "başarısız, ödenmedi, ödeme bekleniyor, ملغي, ملغى, تم الإلغاء, فشل, بانتظار الدفع, غير مدفوع, "
        "annulleret, afbrudt, mislykket, afventer betaling, kansellert, avbrutt, feilet, "
        "venter på betaling, peruttu, peruutettu, epäonnistui, odottaa maksua, zrušeno, stornováno, "
        "neúspěšné, čeká na platbu, nezaplaceno, törölve, lemondva, sikertelen, fizetésre vár, "
        "ακυρωμένη, ακυρώθηκε, απέτυχε, anulat, anulată, eșuat, în așteptarea plății, בוטל, נכשל, "
        "avbruten, avbokad, makulerad"
    ),
    "refunded": (
        "返金, 返金済み, 返品, 返品済み, 환불, 환불완료, 반품, 반품완료, 退款, 已退款, 退货, 已退货, "
        "退貨, 已退貨, возврат, возвращен, возвращён, возвращено, возврат средств, повернення, "
        "повернено, iade, iade edildi, مسترد, مرتجع, تم الاسترداد, refunderet, returneret, refundert, "
        "returnert, hyvitetty, palautettu, vráceno, vrácené, refundováno, visszatérítve, visszaküldve, "
        "επιστράφηκε, επιστροφή χρημάτων, rambursat, returnat, הוחזר, זוכה, återbetald, returnerad"
    ),
}
#: Names of days, from Monday.
DAYS = (
    (
        "月曜日 月曜 월요일 월 星期一 周一 понедельник пн понеділок pazartesi pzt الاثنين الإثنين "
        "mandag maanantai ma pondělí po hétfő δευτέρα luni"
    ),
    (
        "火曜日 火曜 화요일 화 星期二 周二 вторник вт вівторок salı sal الثلاثاء tirsdag tiistai ti "
        "úterý út kedd τρίτη marți"
    ),
    (
        "水曜日 水曜 수요일 수 星期三 周三 среда ср середа çarşamba çar الأربعاء onsdag keskiviikko "
        "ke středa st szerda τετάρτη miercuri"
    ),
    (
        "木曜日 木曜 목요일 목 星期四 周四 четверг чт четвер perşembe per الخميس torsdag torstai "
        "čtvrtek čt csütörtök πέμπτη joi"
    ),
    (
        "金曜日 金曜 금요일 금 星期五 周五 пятница пт п'ятниця cuma cum الجمعة fredag perjantai pe "
        "pátek pá péntek παρασκευή vineri"
    ),
    (
        "土曜日 土曜 토요일 토 星期六 周六 суббота сб субота cumartesi cmt السبت lørdag lauantai la "
        "sobota szombat σάββατο sâmbătă"
    ),
    (
        "日曜日 日曜 일요일 일 星期日 星期天 周日 周天 воскресенье вс неділя нд pazar paz الأحد "
        "søndag sunnuntai neděle vasárnap κυριακή duminică"
    ),
)
#: Yes and no of a purchase.
YES = (
    "예",
    "네",
    "نعم",
    "有",
    "あり",
    "購入済み",
    "구매",
    "구매함",
    "已购买",
    "так",
    "ναι",
    "כן",
    "купил",
    "купила",
    "куплено",
    "✅",
)
#: See above.
NO = (
    "아니오",
    "아니요",
    "لا",
    "無",
    "无",
    "なし",
    "未購入",
    "미구매",
    "未购买",
    "ні",
    "όχι",
    "לא",
    "нема",
    "нету",
    "❌",
)
#: What a row of totals is called in the place of an id.
TOTALS = (
    "합계",
    "총계",
    "총합",
    "المجموع",
    "الإجمالي",
    "σύνολο",
    "סהכ",
    "celkem",
    "součet",
    "小計",
    "всього",
    "разом",
    "ukupno",
)
#: What stands in the place of an id where there is none.
NOBODY = (
    "ゲスト",
    "未ログイン",
    "게스트",
    "비회원",
    "匿名",
    "匿名用户",
    "游客",
    "гость",
    "аноним",
    "гостевой",
    "misafir",
    "ziyaretci",
    "gæst",
    "gjest",
    "vieras",
)
#: Events that call an order off.
CANCELLATIONS = (
    "注文キャンセル, 購入キャンセル, キャンセル, 주문취소, 주문 취소, 取消订单, 订单取消, 取消訂單, "
    "отмена заказа, заказ отменен, заказ отменён, скасування замовлення, sipariş iptali, "
    "sipariş iptal edildi, إلغاء الطلب, ordre annulleret, ordre kansellert, tilauksen peruutus, "
    "tilaus peruttu, zrušení objednávky, objednávka zrušena, rendelés törlése, rendelés törölve, "
    "ακύρωση παραγγελίας, anulare comandă, comandă anulată, ביטול הזמנה, order avbruten, "
    "order avbokad"
)
#: Events that give money back.
REFUNDS = (
    "返金, 返品, 払い戻し, 환불, 반품, 退款, 退货, 退貨, возврат, возврат товара, возврат средств, "
    "повернення, повернення коштів, iade, para iadesi, ürün iadesi, استرداد, استرجاع, إرجاع, "
    "refusion, refundering, hyvitys, palautus, vrácení peněz, vrácení zboží, refundace, "
    "visszatérítés, visszaküldés, επιστροφή χρημάτων, επιστροφή, rambursare, החזר, זיכוי, "
    "återbetalning, retur"
)
#: Columns of how much was given back.
REFUND_AMOUNTS = (
    "返金額, 返金金額, 환불금액, 환불액, 退款金额, 退款金額, сумма возврата, сума повернення, "
    "iade tutarı, مبلغ الاسترداد, refunderet beløb, refundert beløp, hyvitetty summa, "
    "vrácená částka, visszatérített összeg, ποσό επιστροφής, sumă rambursată, återbetalt belopp"
)
#: Columns of taxes, shipping and the like.
PARTS = (
    "送料, 配送料, 税, 税額, 消費税, 手数料, 배송비, 세금, 부가세, 운费, 运费, 税费, 税金, 運費, "
    "稅額, 稅金, доставка, стоимость доставки, налог, ндс, вартість доставки, податок, пдв, kargo, "
    "kargo ücreti, kdv, vergi, الشحن, تكلفة الشحن, رسوم الشحن, الضريبة, fragt, forsendelse, "
    "levering, mva, toimituskulut, alv, vero, doprava, cena dopravy, dph, szállítási díj, áfa, "
    "μεταφορικά, φπα, transport, cost transport, tva, משלוח, מעמ"
)
#: Columns of what was taken off a price.
DISCOUNTS = (
    "割引, 割引額, 値引き, クーポン割引, 할인, 할인금액, 할인액, 折扣, 优惠金额, 優惠金額, скидка, "
    "сумма скидки, знижка, indirim, indirim tutarı, الخصم, خصم, alennus, sleva, kedvezmény, έκπτωση, "
    "reducere, discount, הנחה"
)
#: Columns of what goods cost together.
SUBTOTALS = (
    "小計, 商品小計, 소계, 상품금액 합계, 小计, подытог, сумма товаров, ara toplam, المجموع الفرعي, "
    "subtotal, delsum, välisumma, mezisoučet, részösszeg, υποσύνολο, סכום ביניים"
)
