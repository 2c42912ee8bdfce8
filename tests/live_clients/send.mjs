/* Sends one visit with a tracking SDK for Node: node send.mjs CLIENT URL KEY START. */
import { buildSelfDescribingEvent, newTracker } from "@snowplow/node-tracker";
import { Analytics } from "@segment/analytics-node";
import MatomoTracker from "matomo-tracker";
import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { PostHog } from "posthog-node";

const [client, url, key, start] = process.argv.slice(2);
const item = { product_id: "A1", category: "Shoes", price: 39.9 };
const sock = { product_id: "B2", category: "Socks", price: 10, quantity: 2 };
const order = { order_id: "O-1", revenue: 59.9, currency: "EUR", products: [{ ...item, quantity: 1 }, sock] };
const moments = [0, 20.25, 61.5, 130].map((seconds) => new Date(Date.parse(start) + 1000 * seconds));
const names = ["Product List Viewed", "Product Viewed", "Product Added", "Order Completed"];
const calls = [{}, item, { ...item, quantity: 1 }, order].map((properties, i) => [names[i], properties, moments[i]]);

const CLIENTS = {
  async segment() {
    const analytics = new Analytics({ writeKey: key, host: url });
    for (const [event, properties, timestamp] of calls) {
      analytics.track({ anonymousId: client, event, properties, timestamp });
    }
    await analytics.closeAndFlush();
  },
  async rudder() {
    const analytics = new RudderAnalytics(key, { dataPlaneUrl: url, flushAt: 4 });
    for (const [event, properties, timestamp] of calls) {
      analytics.track({ anonymousId: client, event, properties, timestamp });
    }
    await analytics.flush();
  },
  async posthog() {
    const posthog = new PostHog(key, { host: url });
    for (const [event, properties, timestamp] of calls) {
      posthog.capture({ distinctId: client, event, properties, timestamp });
    }
    await posthog.shutdown();
  },
  async snowplow() {
    const schema = (name) => `iglu:com.snowplowanalytics.snowplow.ecommerce/${name}/jsonschema/1-0-0`;
    const { hostname, port } = new URL(url);
    const sent = new Promise((resolve, reject) => {
      const collector = { endpoint: hostname, protocol: "http", port: Number(port), bufferSize: 4 };
      const tracker = newTracker(
        { namespace: "shop", appId: key, encodeBase64: true },
        { ...collector, eventMethod: "post", onRequestSuccess: resolve, onRequestFailure: reject },
      );
      tracker.setDomainUserId(client);
      tracker.setSessionId(`${client}-1`);
      const product = (more) => ({ schema: schema("product"), data: { id: "A1", category: "Shoes", price: 39.9, currency: "EUR", ...more } });
      const paid = { schema: schema("transaction"), data: { transaction_id: "O-1", revenue: 59.9, currency: "EUR" } };
      const steps = [["list_view", []], ["product_view", [product({})]], ["add_to_cart", [product({ quantity: 1 })]], ["transaction", [paid]]];
      for (const [i, [type, entities]] of steps.entries()) {
        const event = { schema: schema("snowplow_ecommerce_action"), data: { type } };
        tracker.track(buildSelfDescribingEvent({ event }), entities, moments[i].getTime());
      }
    });
    await sent;
  },
  async matomo() {
    const matomo = new MatomoTracker(key, `${url}/matomo.php`);
    const items = JSON.stringify([["A1", "Shoe", "Shoes", 39.9, 1], ["B2", "Sock", ["Socks"], 10, 2]]);
    const actions = [{}, { _pks: "A1", _pkp: 39.9, _pkc: "Shoes" }, { search: "socks" }, { idgoal: 0, ec_id: "O-1", revenue: 59.9, ec_items: items }];
    const shared = (i) => ({ url: "https://shop.example/", _id: client, cdt: moments[i].getTime() / 1000 });
    await new Promise((resolve) => matomo.trackBulk(actions.map((action, i) => ({ ...shared(i), ...action })), resolve));
  },
};

await CLIENTS[client]();
process.exit(0);
