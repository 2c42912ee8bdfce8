"""The glossary: what each figure is called and means, written once for marks, links and the page of help."""

from __future__ import annotations

from dataclasses import dataclass

from dash import dcc
from dash.development.base_component import Component

#: Where the page of help is.
PATH = "/help"


@dataclass(frozen=True, slots=True)
class Entry:
    """One term: the last part of its address, its meaning, and what else it is called on a page."""

    anchor: str
    name: str
    text: str
    aliases: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        """The entry's address."""
        return f"{PATH}#{self.anchor}"


#: Topics in the order of the page.
GLOSSARY: dict[str, tuple[Entry, ...]] = {
    "Exports and results": (
        Entry(
            "export",
            "Export",
            "A file your shop or analytics tool wrote: one row per event, or one row per session.",
        ),
        Entry("result", "Result", "An export after scoring: every session with its predictions."),
        Entry(
            "session",
            "Session",
            "One visit to the shop. Without session ids, a visit ends after 30 minutes of inactivity.",
            ("Sessions",),
        ),
        Entry(
            "missing",
            "Missing from the file",
            "The export has no such column or value. It counts as unknown, never as zero.",
        ),
        Entry(
            "recipe",
            "Recipe",
            "How an export's columns were mapped. It is saved and used for the next export with the same "
            "columns.",
        ),
        Entry(
            "conversion",
            "Conversion",
            "Share of sessions with a known outcome that ended in a purchase.",
            ("Conversion rate", "Base rate: sessions that bought"),
        ),
    ),
    "Predictions": (
        Entry(
            "purchase-probability",
            "Purchase probability",
            "How likely a session is to end in a purchase. Of 100 sessions at 30%, about 30 buy.",
            ("Average probability", "Predicted conversion"),
        ),
        Entry(
            "likely-buyer",
            "Likely buyer",
            "A session or visitor whose purchase probability is at or above the cut-off.",
            ("Likely buyers", "Likely buyers, of all sessions"),
        ),
        Entry(
            "cut-off",
            "Cut-off",
            "The purchase probability from which a session counts as a likely buyer. It is chosen with the "
            "model, "
            "for the best balance of precision and recall or for profit, and you can move it.",
            ("Likely-buyer cut-off",),
        ),
        Entry(
            "expected-buyers",
            "Expected buyers",
            "Purchase probabilities added up: how many sessions will buy. Use it to plan; it also counts "
            "the many "
            "sessions below the cut-off that buy now and then.",
            ("Expected and actual buyers", "Predicted and actual buyers"),
        ),
        Entry(
            "revenue-if-it-buys",
            "Revenue if it buys",
            "What a session would spend if it ends in a purchase, with the range 8 in 10 such buyers fall "
            "in.",
            ("If it buys",),
        ),
        Entry(
            "expected-revenue",
            "Expected revenue",
            "Purchase probability times revenue if it buys, added up over sessions.",
            ("Expected revenue per session", "Expected revenue left behind"),
        ),
        Entry(
            "predicted-revenue",
            "Predicted revenue",
            "Revenue if it buys, added up over likely buyers only.",
        ),
        Entry(
            "cluster",
            "Cluster",
            "Sessions in which visitors behaved alike. Its name says what sets it apart from the others.",
            ("Clusters", "Kind of visit", "Behaves like"),
        ),
        Entry(
            "interest",
            "Interest",
            "Purchase probability of a visit that is over: how much it looked like those that end in a "
            "purchase. It is no forecast; the visitor has left.",
        ),
        Entry(
            "reasons",
            "Reasons",
            "What each thing a visitor did adds to a prediction, or takes away. They explain the model; "
            "they are "
            "not causes.",
            ("Strongest reason",),
        ),
    ),
    "Accuracy": (
        Entry(
            "accuracy",
            "Accuracy",
            "How well predictions match what happened, measured on sessions with a known outcome.",
        ),
        Entry(
            "out-of-sample",
            "Out-of-sample",
            "Measured on sessions the model hadn't seen when it learned. Only such figures say how it will "
            "do on "
            "new sessions.",
        ),
        Entry(
            "interval",
            "Interval",
            "The range the true value is in, in 95 of 100 such samples. The fewer sessions, the wider it is.",
            ("95% interval",),
        ),
        Entry(
            "standard-deviation",
            "Standard deviation",
            "How far sessions usually are from the average. Differences are measured in it so that seconds, "
            "products and amounts can be compared.",
        ),
        Entry("n", "n", "How many sessions a figure is based on."),
        Entry(
            "top-10",
            "Buyers in the top 10%",
            "Share of all buyers among the 10% of sessions most likely to buy. Guessing finds 10%.",
            ("Buyers captured in the top 10%", "Buyers found in the top tenth"),
        ),
        Entry(
            "lift",
            "Lift",
            "How many times as many buyers a group has as an average group of that size. In the top 10%, 4 "
            "times "
            "the buyers is a lift of 4.",
            ("Lift of the top 10%",),
        ),
        Entry(
            "precision",
            "Likely buyers who bought (precision)",
            "Share of likely buyers who bought.",
            ("Precision", "Precision at the cut-off", "Likely buyers who bought"),
        ),
        Entry(
            "recall",
            "Buyers it catches (recall)",
            "Share of buyers who were likely buyers.",
            ("Recall", "Recall at the cut-off", "Buyers it catches"),
        ),
        Entry(
            "f1",
            "F1",
            "Precision and recall in one figure (their harmonic mean): 1 is perfect.",
            ("F1 at the cut-off", "F1 at each one's cut-off"),
        ),
        Entry(
            "roc-auc",
            "ROC-AUC",
            "How often a buyer is ranked above a non-buyer: 0.5 is guessing, 1 is perfect.",
        ),
        Entry(
            "pr-auc",
            "PR-AUC",
            "Precision averaged over all cut-offs, going down the ranking: 1 is perfect, and guessing "
            "scores the "
            "share of buyers. Stricter than ROC-AUC where few sessions buy.",
        ),
        Entry(
            "calibration-error",
            "Calibration error",
            "Average gap between predicted probabilities and the share that bought. 0 is perfect.",
            ("Expected calibration error",),
        ),
        Entry(
            "brier",
            "Brier score",
            "Mean squared error of the purchase probability. Lower is better.",
        ),
        Entry(
            "expected-to-actual-revenue",
            "Expected to actual revenue",
            "Expected revenue as a share of what the same sessions spent. 100% is right.",
            ("Expected to actual total, on all sessions",),
        ),
        Entry(
            "separation",
            "Separation",
            "How clearly clusters are separated (silhouette): 1 is perfectly, 0 not at all; real visits "
            "rarely "
            "exceed 0.6.",
            ("Silhouette", "Separation (silhouette)"),
        ),
        Entry(
            "davies-bouldin",
            "Davies–Bouldin index",
            "How wide clusters are compared with the distance between them. Lower is better.",
        ),
        Entry(
            "stability",
            "Stability",
            "How similar clusters are when found again in other samples of the same visits (mean adjusted "
            "Rand "
            "index): 1 is identical, 0 is chance.",
        ),
        Entry(
            "data-drift",
            "Data drift",
            "How far an export differs from the data the model learned from. After a serious change, expect "
            "worse "
            "predictions and train a new model.",
            ("Features that changed", "Inputs that changed"),
        ),
        Entry(
            "psi",
            "Population stability index (PSI)",
            "How far the shares of sessions with each value have moved: below 0.1 is no change, above 0.25 a "
            "serious one.",
            ("Size of change",),
        ),
    ),
    "Campaigns": (
        Entry(
            "audience",
            "Audience",
            "The people chosen for a campaign: those to contact and those held out.",
        ),
        Entry(
            "hold-out",
            "Hold-out",
            "Part of an audience, chosen at random, that isn't contacted. Comparing it with the contacted "
            "shows what "
            "the campaign really achieved.",
            ("Held out",),
        ),
        Entry(
            "to-contact",
            "To contact",
            "The audience without its hold-out: the people the campaign goes to. Those held out are left "
            "alone, to show what it achieved.",
        ),
        Entry(
            "rule",
            "Rule",
            "What happens for a visit while it goes on, at most once for each visitor in some days: the "
            "shop's page shows something, a webhook or a message is sent.",
            ("Rules",),
        ),
        Entry(
            "dry-run",
            "Dry run",
            "What a rule would have done with the visits of a week, each scored as it stood after every "
            "event. Nothing is sent.",
        ),
        Entry(
            "random-seed",
            "Random seed",
            "Decides, with the id, who is held out. The same seed gives the same groups in every export; "
            "change it "
            "to reshuffle.",
        ),
        Entry(
            "expected-profit",
            "Expected profit",
            "The margin on additional purchases by those contacted, minus the cost of contacting them. It "
            "rests on "
            "your assumptions about a contact.",
        ),
        Entry(
            "uplift",
            "Uplift",
            "Share of buyers among the contacted minus the share in the hold-out.",
            ("Lift in purchases",),
        ),
        Entry(
            "extra-buyers",
            "Extra buyers",
            "Buyers among the contacted beyond those who would have bought anyway.",
        ),
        Entry(
            "extra-revenue",
            "Extra revenue",
            "Revenue from the contacted beyond what would have come in anyway.",
        ),
    ),
}

_BY_NAME = {
    name: entry for topic in GLOSSARY.values() for entry in topic for name in (entry.name, *entry.aliases)
}


def entry_of(name: str) -> Entry | None:
    """Return the entry of a figure by what it is called on a page."""
    return _BY_NAME.get(name)


def explained(name: str) -> str:
    """Return what a figure is.

    Raises
    ------
    KeyError
        The glossary has no entry for it.
    """
    return _BY_NAME[name].text


def term(name: str) -> Component | str:
    """Return a figure's name, linked to its entry where there is one."""
    entry = entry_of(name)
    return dcc.Link(name, href=entry.href, className="term") if entry else name
