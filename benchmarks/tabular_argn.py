"""Run by the interpreter of mostlyai-engine's own environment: FOLDER SEED ROWS -> FOLDER/synthetic.parquet."""

import sys
from pathlib import Path

import pandas as pd
from mostlyai.engine import TabularARGN

folder, seed, rows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
model = TabularARGN(random_state=seed, verbose=0)
model.fit(pd.read_parquet(folder / "train.parquet"))
pd.DataFrame(model.sample(n_samples=rows)).to_parquet(folder / "synthetic.parquet")
