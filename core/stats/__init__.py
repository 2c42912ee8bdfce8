"""Every statistic that appears on a screen, once.

A model's card, a scored export, its report, its drift, the outcomes of a campaign and the command line take
their figures from here, so that on the same sessions they are the same number.

**What is ranked.** Probabilities are told apart to six decimals; sessions of one probability are a tie, which
counts half in ROC-AUC and is shared out where a bin or the top tenth ends within it. No figure depends on the
order sessions stand in.

**Bins.** The calibration error is over 15 bins of as many sessions each. A chart may have fewer bins, made
the same way.

**Intervals** are of 95%. Shares have Wilson's; areas the normal one of their log odds; differences of groups
the score test's (shares) or Welch's (means). What has no formula is resampled.

**What is independent.** Visitors are, and a visitor's sessions are not: they resemble each other. So where
visitors are known, figures of quality go by visitor: the variance of an area or a ratio is added up by
visitor (``RankedOutcomes.variance``, ``ratio_of_totals``), every share of one set of sessions has its design
effect (``design_effect``), and what is resampled is visitors (``bootstrap``). A session without a visitor is
the only one of somebody. Sessions count as independent

- where an export tells no visitors at all, which is said beside the figures;
- in shares of groups on charts (clusters, days, steps of a funnel) and in differences of two exports, which
  describe the sessions that are there;
- in sums of probabilities, where what visitors share is in the probability already.

A campaign's people are visitors, drawn one by one: its two groups are independent as they are.
"""
