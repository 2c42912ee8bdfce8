#!/usr/bin/env bash
# scikit-uplift 0.5.1: the "normalised" area under the uplift curve of one and the same perfect model is five times
# as large with 10% held out as with 90% held out; Qini's area hardly moves. So `uplift_auc_score` compares models
# on one campaign, never two campaigns whose hold-outs differ. Seen: 0.019, 0.033, 0.097 against 0.173, 0.192, 0.192
# at 10%, 50% and 90% contacted (made-up customers, true uplift as the score, mean of 20 draws of 20,000).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  scikit-uplift==0.5.1 scikit-learn==1.9.1 numpy==2.4.6 2>/dev/null
"$work/venv/bin/python" -W ignore - <<'PY'
import sys
import numpy as np
from sklift.metrics import qini_auc_score, uplift_auc_score

draw = np.random.default_rng(0)
uplift_area, qini_area = {}, {}
for contacted in (0.1, 0.5, 0.9):
    found = []
    for _ in range(20):
        treated = (draw.random(20_000) < contacted).astype(int)
        effect = draw.uniform(0, 0.1, 20_000)
        bought = (draw.random(20_000) < 0.02 + effect * treated).astype(int)
        found.append((uplift_auc_score(bought, effect, treated), qini_auc_score(bought, effect, treated)))
    uplift_area[contacted], qini_area[contacted] = np.mean(found, axis=0)
    print(f"{contacted:.0%} contacted: uplift {uplift_area[contacted]:.3f}, Qini {qini_area[contacted]:.3f}")
grows = uplift_area[0.9] / uplift_area[0.1]
steady = qini_area[0.9] / qini_area[0.1]
print(f"ratio of the two ends: uplift {grows:.1f}, Qini {steady:.1f}")
sys.exit(not (grows > 3.5 and 0.8 < steady < 1.25))
PY
