"""Run by the interpreter of mostlyai-engine's own environment: FOLDER SEED ROWS [DRAWS].

FOLDER/train.parquet -> FOLDER/synthetic.parquet, and FOLDER/seconds.json with what each draw took, the first of
several after a small one.
"""

import json
import sys
import time
from pathlib import Path

import pandas as pd
from mostlyai.engine import TabularARGN

folder, seed, rows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
model = TabularARGN(random_state=seed, verbose=0)
model.fit(pd.read_parquet(folder / "train.parquet"))
draws = int(sys.argv[4]) if len(sys.argv) > 4 else 1
if draws > 1:
    model.sample(n_samples=1_000)
seconds = []
for _ in range(draws):
    start = time.perf_counter()
    drawn = pd.DataFrame(model.sample(n_samples=rows))
    seconds.append(time.perf_counter() - start)
(folder / "seconds.json").write_text(json.dumps(seconds))
drawn.to_parquet(folder / "synthetic.parquet")
