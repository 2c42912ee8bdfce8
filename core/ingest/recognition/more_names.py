"""What columns are called in reports, lists of orders and of customers in further languages.

In Japanese, Korean, Chinese, Russian, Ukrainian, Turkish, Arabic, Danish, Norwegian, Finnish, Czech,
Hungarian, Greek, Romanian and Hebrew; ``foreign_names`` has the others, and is what compares them.
"""

from __future__ import annotations

#: Columns that count sessions or people.
COUNTS = (
    "セッション, セッション数, ユーザー, ユーザー数, アクティブ ユーザー, アクティブ ユーザー数, "
    "総ユーザー数, 合計ユーザー数, 新規ユーザー, 新規ユーザー数, リピーター数, 訪問数, 訪問者数, "
    "訪問者, 表示回数, インプレッション, インプレッション数, 配信数, 開封数, 세션, 세션수, 세션 수, "
    "사용자, 사용자 수, 사용자수, 활성 사용자, 활성 사용자 수, 총 사용자, 신규 사용자, 방문수, "
    "방문자수, 방문자 수, 노출수, 노출, 会话, 会话数, 用户, 用户数, 活跃用户数, 活跃用户, 新用户数, "
    "新用户, 总用户数, 访问次数, 访客数, 访问量, 展示次数, 曝光量, 工作階段, 工作階段數, 使用者, "
    "使用者人數, 活躍使用者, 活躍使用者人數, 新使用者, 新使用者人數, 造訪次數, 訪客數, 曝光次數, "
    "сеансы, сессии, визиты, посетители, пользователи, активные пользователи, новые пользователи, "
    "все пользователи, показы, охват, количество сеансов, количество визитов, сеанси, сесії, візити, "
    "відвідувачі, користувачі, активні користувачі, нові користувачі, покази, oturumlar, "
    "oturum sayısı, ziyaretler, ziyaretçiler, ziyaretçi sayısı, kullanıcılar, kullanıcı sayısı, "
    "etkin kullanıcılar, aktif kullanıcılar, yeni kullanıcılar, toplam kullanıcı sayısı, gösterim, "
    "gösterimler, الجلسات, عدد الجلسات, المستخدمون, المستخدمين, عدد المستخدمين, المستخدمون النشطون, "
    "المستخدمون الجدد, الزيارات, عدد الزيارات, الزوار, عدد الزوار, مرات الظهور, sessioner, brugere, "
    "aktive brugere, nye brugere, besøgende i alt, besøg i alt, visninger, økter, brukere, "
    "aktive brukere, nye brukere, istunnot, istuntoja, käyttäjät, käyttäjiä, aktiiviset käyttäjät, "
    "uudet käyttäjät, käynnit, kävijät, näyttökerrat, relace celkem, počet relací, počet návštěv, "
    "návštěvy, uživatelé, aktivní uživatelé, noví uživatelé, návštěvníci, imprese, zobrazení, "
    "munkamenetek, munkamenetek száma, látogatások, látogatók, felhasználók, aktív felhasználók, "
    "új felhasználók, megjelenések, συνεδρίες, περίοδοι σύνδεσης, χρήστες, ενεργοί χρήστες, "
    "νέοι χρήστες, επισκέψεις, επισκέπτες, εμφανίσεις, sesiuni, utilizatori, utilizatori activi, "
    "utilizatori noi, vizite, vizitatori, afișări, סשנים, משתמשים, משתמשים פעילים, משתמשים חדשים, "
    "ביקורים, מבקרים, חשיפות"
)
#: What reports have one row of.
DIMENSIONS: dict[str, str] = {
    "day": (
        "日付, 日, 年月日, 날짜, 일자, 日期, дата, день, tarih, gün, التاريخ, اليوم, dato, päivämäärä, "
        "päivä, dátum, nap, ημερομηνία, dată, ziua, תאריך"
    ),
    "period": (
        "月, 週, 年, 年月, 월, 주, 주차, 연도, 月份, 周, 年份, месяц, неделя, год, місяць, тиждень, ay, "
        "hafta, yıl, الشهر, الأسبوع, السنة, måned, uge, uke, år, kuukausi, viikko, vuosi, měsíc, týden, "
        "rok, hónap, hét, év, μήνας, εβδομάδα, lună, săptămână, חודש, שבוע"
    ),
    "page": (
        "ページ, ページパス, ページタイトル, ランディングページ, ランディング ページ, 페이지, "
        "페이지 경로, 페이지 제목, 방문 페이지, 랜딩페이지, 页面, 页面路径, 着陆页, 页面标题, 頁面, "
        "頁面路徑, 到達網頁, страница, страница входа, посадочная страница, адрес страницы, сторінка, "
        "сторінка входу, sayfa, sayfa yolu, açılış sayfası, sayfa başlığı, الصفحة, الصفحة المقصودة, "
        "صفحة الوصول, side, destinationsside, landingsside, sivu, aloitussivu, stránka, vstupní stránka, "
        "oldal, nyitóoldal, céloldal, σελίδα, pagină, pagină de destinație, עמוד, דף נחיתה"
    ),
    "product": (
        "商品名, 商品, 商品id, アイテム名, 상품명, 상품, 상품id, 商品名称, 产品名称, 商品名稱, 產品名稱, "
        "название товара, товар, назва товару, ürün adı, ürün, اسم المنتج, المنتج, varenavn, "
        "produktnavn, tuote, tuotteen nimi, název produktu, termék, termék neve, προϊόν, "
        "όνομα προϊόντος, produs, nume produs, מוצר, שם המוצר"
    ),
    "campaign": (
        "キャンペーン, キャンペーン名, 広告グループ, キーワード, 캠페인, 캠페인명, 광고그룹, 키워드, "
        "广告系列, 广告计划, 关键词, 廣告活動, 關鍵字, кампания, рекламная кампания, ключевое слово, "
        "кампанія, kampanya, kampanya adı, anahtar kelime, الحملة, اسم الحملة, kampagne, kampanje, "
        "kampanja, kampaň, kampány, καμπάνια, campanie, קמפיין"
    ),
    "place": (
        "国, 地域, 都道府県, 市区町村, 국가, 지역, 도시, 国家, 地区, 城市, 省份, 國家, 地區, страна, "
        "регион, город, країна, регіон, місто, ülke, şehir, bölge, البلد, المدينة, الدولة, maa, "
        "kaupunki, země, město, ország, város, χώρα, πόλη, țară, oraș, מדינה, עיר"
    ),
    "device": (
        "デバイス, デバイス カテゴリ, ブラウザ, 기기, 기기 카테고리, 브라우저, 设备, 设备类别, 浏览器, "
        "裝置, 裝置類別, 瀏覽器, устройство, категория устройства, тип устройства, браузер, пристрій, "
        "cihaz, cihaz kategorisi, tarayıcı, الجهاز, فئة الجهاز, المتصفح, enhed, enhet, laite, zařízení, "
        "eszköz, συσκευή, dispozitiv, מכשיר"
    ),
    "channel": (
        "チャネル, 参照元, メディア, 参照元 / メディア, デフォルト チャネル グループ, 채널, 소스, 매체, "
        "소스/매체, 渠道, 来源, 媒介, 来源/媒介, 管道, 來源, канал, источник, источник трафика, "
        "источник/канал, джерело, kanal, kaynak, kaynak/ortam, القناة, المصدر, kilde, kanava, lähde, "
        "kanál, zdroj, csatorna, forrás, κανάλι, πηγή, sursă, canal, ערוץ, מקור"
    ),
}
#: Columns that count orders.
SOLD = (
    "注文数, 購入数, コンバージョン数, トランザクション数, 購入者数, 주문수, 주문 수, 구매수, "
    "전환수, 구매 수, 거래수, 订单数, 购买次数, 转化次数, 成交量, 交易次数, 訂單數, 購買次數, "
    "轉換次數, заказы, количество заказов, покупки, конверсии, транзакции, замовлення, siparişler, "
    "sipariş sayısı, satışlar, dönüşümler, işlemler, الطلبات, عدد الطلبات, المشتريات, عمليات الشراء, "
    "الإحالات الناجحة, ordrer, antal ordrer, antall ordrer, konverteringer, tilaukset, ostot, "
    "konversiot, objednávky, počet objednávek, konverze, nákupy, rendelések, rendelések száma, "
    "vásárlások, konverziók, παραγγελίες, αγορές, μετατροπές, comenzi, conversii, achiziții, הזמנות, "
    "רכישות, המרות"
)
#: Numbers of orders.
ORDER_IDS = (
    "注文番号, 注文id, 受注番号, 取引id, トランザクションid, 주문번호, 주문id, 거래id, 거래번호, "
    "订单号, 订单编号, 订单id, 交易号, 訂單編號, 訂單id, 訂單號碼, номер заказа, id заказа, "
    "id транзакции, номер транзакции, номер замовлення, id замовлення, sipariş no, sipariş numarası, "
    "sipariş id, işlem no, işlem id, رقم الطلب, معرف الطلب, رقم العملية, ordrenummer, ordre-id, "
    "ordrenr, tilausnumero, tilaustunnus, tilaus-id, číslo objednávky, id objednávky, rendelésszám, "
    "rendelés azonosító, rendelési azonosító, αριθμός παραγγελίας, κωδικός παραγγελίας, "
    "număr comandă, id comandă, nr comandă, מספר הזמנה, מזהה הזמנה"
)
#: Columns of lists of orders.
ORDER_WORDS = (
    "注文日, 注文日時, 購入日, 注文ステータス, 合計金額, 注文金額, 支払方法, 配送先, 送料, 小計, "
    "顧客名, 氏名, メールアドレス, 商品名, 数量, 주문일, 주문일시, 주문상태, 결제금액, 결제수단, "
    "배송지, 주문자, 고객명, 이메일, 상품명, 수량, 下单时间, 订单状态, 订单金额, 支付方式, 收货地址, "
    "买家, 收货人, 商品名称, 訂單日期, 訂單狀態, 付款方式, 收件人, дата заказа, статус заказа, "
    "статус, сумма, сумма заказа, способ оплаты, адрес доставки, покупатель, клиент, телефон, email, "
    "дата замовлення, сума, спосіб оплати, клієнт, sipariş tarihi, sipariş durumu, toplam tutar, "
    "tutar, ödeme yöntemi, teslimat adresi, müşteri, durum, kargo, تاريخ الطلب, حالة الطلب, "
    "الإجمالي, المبلغ, طريقة الدفع, عنوان الشحن, العميل, ordredato, ordrestatus, betalingsmetode, "
    "kunde, total, tilauspäivä, tilauksen tila, maksutapa, asiakas, summa, datum objednávky, "
    "stav objednávky, způsob platby, zákazník, částka, rendelés dátuma, rendelés állapota, "
    "fizetési mód, vevő, végösszeg, ημερομηνία παραγγελίας, τρόπος πληρωμής, πελάτης, σύνολο, "
    "data comenzii, stare comandă, metodă de plată, client, תאריך הזמנה, סטטוס הזמנה, אמצעי תשלום, "
    "לקוח"
)
#: Columns of lists of customers.
CUSTOMER_WORDS = (
    "氏名, メールアドレス, 電話番号, 性別, 生年月日, 住所, 累計購入金額, 累計購入額, 購入回数, "
    "注文回数, 最終購入日, 初回購入日, 登録日, 会員番号, 顧客番号, 顧客id, 이름, 이메일, 전화번호, "
    "성별, 생년월일, 총구매금액, 누적구매금액, 구매횟수, 최근구매일, 마지막 구매일, 가입일, "
    "회원번호, 고객번호, 姓名, 邮箱, 手机号, 性别, 生日, 累计消费, 消费总额, 购买次数, 最近购买时间, "
    "注册时间, 客户id, имя, фамилия, телефон, email, пол, дата рождения, сумма покупок, общая сумма, "
    "количество заказов, последняя покупка, дата последней покупки, последний заказ, "
    "дата регистрации, id клиента, ad, soyad, e-posta, telefon, cinsiyet, doğum tarihi, "
    "toplam harcama, sipariş sayısı, son sipariş, son alışveriş, son sipariş tarihi, kayıt tarihi, "
    "müşteri no, müşteri id, الاسم, البريد الإلكتروني, الهاتف, إجمالي المشتريات, عدد الطلبات, "
    "آخر طلب, تاريخ التسجيل, معرف العميل, 最終来店日, 첫 구매일, 首次购买时间, "
    "дата последнего заказа, первая покупка, сумма всех покупок, ilk sipariş, seneste ordre, "
    "siste ordre, viimeisin tilaus, poslední objednávka, utolsó rendelés, τελευταία παραγγελία, "
    "ultima comandă, senaste order, senaste köp"
)
#: Columns that only lists of customers have.
SURELY_CUSTOMERS = (
    "累計購入金額, 累計購入額, 最終購入日, 初回購入日, 最終来店日, 총구매금액, 누적구매금액, "
    "최근구매일, 마지막 구매일, 첫 구매일, 累计消费, 消费总额, 最近购买时间, 首次购买时间, "
    "последняя покупка, дата последней покупки, последний заказ, дата последнего заказа, "
    "первая покупка, сумма всех покупок, son sipariş, son alışveriş, son sipariş tarihi, "
    "toplam harcama, ilk sipariş, آخر طلب, إجمالي المشتريات, seneste ordre, siste ordre, "
    "viimeisin tilaus, poslední objednávka, utolsó rendelés, τελευταία παραγγελία, ultima comandă, "
    "senaste order, senaste köp"
)
