/* A shop's page: begins a visit with a tracking SDK for browsers, `begin(client, url, key)`, then `step(0)` to `step(3)`;
 * `refuse()` is the visitor's no, where the SDK has a way to say it. */
const item = { product_id: "A1", category: "Shoes", price: 39.9 };
const sock = { product_id: "B2", category: "Socks", price: 10, quantity: 2 };
const order = { order_id: "O-1", revenue: 59.9, currency: "EUR", products: [{ ...item, quantity: 1 }, sock] };
const names = ["Product List Viewed", "Product Viewed", "Product Added", "Order Completed"];
const properties = [{}, item, { ...item, quantity: 1 }, order];

const CLIENTS = {
  async segment(url, key) {
    const { AnalyticsBrowser } = await import("@segment/analytics-next");
    const [analytics] = await AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    return [() => analytics.user().anonymousId(), (i) => void analytics.track(names[i], properties[i])];
  },
  async rudder(url, key) {
    const { RudderAnalytics } = await import("@rudderstack/analytics-js/bundled");
    const analytics = new RudderAnalytics();
    analytics.load(key, url, { configUrl: url });
    await new Promise((resolve) => analytics.ready(resolve));
    return [() => analytics.getAnonymousId(), (i) => analytics.track(names[i], properties[i])];
  },
  async posthog(url, key) {
    const { posthog } = await import("posthog-js");
    await new Promise((loaded) => posthog.init(key, { api_host: url, loaded, opt_out_useragent_filter: true }));
    return [
      () => posthog.get_distinct_id(),
      (i) => posthog.capture(names[i], properties[i]),
      () => posthog.opt_out_capturing(),
    ];
  },
  async snowplow(url, key) {
    const { newTracker } = await import("@snowplow/browser-tracker");
    const shop = await import("@snowplow/browser-plugin-snowplow-ecommerce");
    const tracker = newTracker("shop", url, { appId: key, plugins: [shop.SnowplowEcommercePlugin()] });
    const product = (more) => ({ id: "A1", category: "Shoes", price: 39.9, currency: "EUR", ...more });
    const sold = [product({ quantity: 1 }), product({ id: "B2", category: "Socks", price: 10, quantity: 2 })];
    const steps = [
      () => shop.trackProductListView({ name: "Shoes", products: [] }),
      () => shop.trackProductView(product({})),
      () => shop.trackAddToCart({ products: [product({ quantity: 1 })], total_value: 39.9, currency: "EUR" }),
      () => shop.trackTransaction({ transaction_id: "O-1", revenue: 59.9, currency: "EUR", payment_method: "card", products: sold }),
    ];
    const refuse = () => {
      tracker.disableAnonymousTracking();
      tracker.setOptOutCookie("no-thanks");
      document.cookie = "no-thanks=1; path=/";
      tracker.clearUserData();
    };
    return [() => tracker.getDomainUserId(), (i) => steps[i](), refuse];
  },
  /* Our own, as shops include it. */
  async own(url, key) {
    const script = document.createElement("script");
    Object.assign(script.dataset, { key });
    script.src = `${url}/assets/tracker.js`;
    await new Promise((loaded) => {
      script.onload = loaded;
      document.head.append(script);
    });
    shopLive.consent(true);
    const types = ["list_view", "product_view", "cart_add", "purchase"];
    const { products, ...paid } = order;
    const fields = [{}, item, { ...item, quantity: 1 }, paid];
    return [
      () => localStorage.getItem("shop-live-id"),
      (i) => shopLive.track(types[i], fields[i]),
      () => shopLive.consent(false),
    ];
  },
  /* The plugin of before, for Google's enhanced e-commerce: what an event is about is added first. */
  async snowplow_enhanced(url, key) {
    const { newTracker } = await import("@snowplow/browser-tracker");
    const shop = await import("@snowplow/browser-plugin-enhanced-ecommerce");
    const tracker = newTracker("shop", url, { appId: key, plugins: [shop.EnhancedEcommercePlugin()] });
    const product = (more) => shop.addEnhancedEcommerceProductContext({ id: "A1", category: "Shoes", price: 39.9, currency: "EUR", ...more });
    const listed = (id) => shop.addEnhancedEcommerceImpressionContext({ id, list: "Shoes" });
    const steps = [
      () => ["A1", "B2"].forEach(listed),
      () => product({}),
      () => product({ quantity: 1 }),
      () => {
        shop.addEnhancedEcommerceActionContext({ id: "O-1", revenue: "59.90", currency: "EUR" });
        product({ quantity: 1 });
        product({ id: "B2", category: "Socks", price: 10, quantity: 2 });
      },
    ];
    const actions = ["view", "detail", "add", "purchase"];
    const send = (i) => {
      steps[i]();
      shop.trackEnhancedEcommerceAction({ action: actions[i] });
    };
    return [() => tracker.getDomainUserId(), send];
  },
  /* Matomo's tracker isn't on npm; it asks for an image with its tracking API's query, and sends a beacon at the end. */
  async matomo(url, key) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const items = JSON.stringify([["A1", "Shoe", "Shoes", 39.9, 1], ["B2", "Sock", ["Socks"], 10, 2]]);
    const steps = [{}, { _pks: "A1", _pkp: 39.9, _pkc: "Shoes" }, { search: "socks" }, { idgoal: 0, ec_id: "O-1", revenue: 59.9, ec_items: items }];
    const shared = () => ({ idsite: key, rec: 1, send_image: 0, _id: id, url: location.href, rand: String(Math.random()).slice(2) });
    const send = (i) => {
      const query = new URLSearchParams({ ...shared(), ...steps[i] });
      if (i < 3) new Image().src = `${url}/matomo.php?${query}`;
      else navigator.sendBeacon(`${url}/matomo.php`, query);
    };
    return [() => id, send];
  },
};

window.begin = async (client, url, key) => {
  [window.visitor, window.step, window.refuse] = await CLIENTS[client](url, key);
};
