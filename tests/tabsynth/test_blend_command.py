"""`tabsynth blend`: a table with its statement, or one line and nothing written."""

from __future__ import annotations

import pandas as pd
import pytest

from privacy import MARK, percent
from tabsynth.blend import ANCHOR
from tests.tabsynth.blend_cases import frame, made_files


@pytest.fixture
def files(tmp_path):
    return made_files(tmp_path)


class TestCommand:
    def run(self, tabsynth, files, *more, parts=None, rows=100, out="out.parquet"):
        parts = parts or (f"real={files}/real.parquet:30%", f"synthetic={files}/first.parquet:70%")
        named = [argument for text in parts for argument in ("--part", text)]
        return tabsynth("blend", *named, "--rows", rows, "--seed", 1, "--out", files / out, *more)

    def test_a_table_comes_out_with_its_statement(self, tabsynth, files):
        done = self.run(
            tabsynth, files, "--stratify", "sex", "--stratum", "50%: female", "--stratum", "50%: male"
        )
        assert done.code == 0, done.talk
        assert "with real rows among them: keep it with the source" in done.talk
        rows = pd.read_parquet(files / "out.parquet")
        assert list(rows.columns) == [*frame(1).columns, MARK]
        assert rows["sex"].value_counts().to_list() == [50, 50]
        drawn = tabsynth("lineage", files / "out.parquet")
        assert drawn.data.splitlines()[1].startswith("├─ 30 rows of: real, 400 rows")
        assert '"tables"' in tabsynth("lineage", files / "out.parquet", "--json").data
        assert "nothing marks a row" not in drawn.talk
        assert "nothing marks a row" in tabsynth("lineage", files / "real.parquet").talk

    def test_the_missing_anchor_is_said(self, tabsynth, files):
        parts = [f"synthetic={files}/first.parquet:100%"]
        done = self.run(tabsynth, files, parts=parts)
        assert done.code == 0 and "warning: 0 % of the rows are real" in done.talk
        assert f"under the anchor of {percent(ANCHOR)}: " in done.talk
        assert (
            "warning" not in self.run(tabsynth, files, "--anchor", "0", parts=parts, out="meant.parquet").talk
        )

    @pytest.mark.parametrize(
        ("more", "parts", "why"),
        [
            ((), ["real={}/real.parquet:130%"], "no number above 0"),
            ((), ["real={}/real.parquet:-30%"], "no number above 0"),
            ((), ["real={}/real.parquet:50%", "synthetic={}/first.parquet:60%"], "the shares sum to 110"),
            (
                (),
                ["real={}/real.parquet", "synthetic={}/first.parquet:80%"],
                "the shares sum to 110.0000%, with 30 % for --part 1, which states none",
            ),
            ((), ["real={}/first.parquet:100%"], "says itself that it is synthetic"),
            ((), ["synthetic={}/other.parquet:100%"], "no such file"),
            ((), ["real={}/real.parquet:50%", "foreign={}/unlike.parquet:50%"], "has other columns"),
            (("--rows", 5000), None, "and its share asks for"),
            (("--stratum", "50%: x"), None, "name it with --stratify"),
            (("--stratify", "sex", "--stratum", "x"), None, "names no level"),
            (("--anchor", "2"), None, "no number above 0"),
            (("--public-key", "{}/stranger.key.pub"), None, "nobody signed for this table"),
            (("--public-key", "{}/old.pub"), None, "this key expired on 2021-01-31"),
            (("--sign", "{}/maker.key.pub"), None, "no private key"),
            (("--out", "{}/real.parquet"), None, "exists already"),
            (("--out", "{}/out.txt"), None, "no known format"),
        ],
    )
    def test_bad_input_is_one_line_and_nothing_is_written(self, tabsynth, files, more, parts, why):
        frame(9).drop(columns="sex").to_parquet(files / "unlike.parquet")
        (files / "old.pub").write_text("expires: 2021-01-31\n" + (files / "maker.key.pub").read_text())
        before = {path.name: path.read_bytes() for path in files.iterdir()}
        more = [str(one).format(files) for one in more]
        done = self.run(tabsynth, files, *more, parts=parts and [text.format(files) for text in parts])
        assert done.code == 2, done.talk
        last = done.talk.strip().splitlines()[-1]
        assert last.startswith("error: ") and why in last, done.talk
        assert {path.name: path.read_bytes() for path in files.iterdir()} == before

    def test_a_foreign_key_is_refused_and_the_right_one_of_several_is_found(self, tabsynth, files):
        self.run(tabsynth, files, "--sign", files / "maker.key", out="signed.parquet")
        parts = [f"blend={files}/signed.parquet:100%"]
        foreign = self.run(tabsynth, files, "--public-key", files / "stranger.key.pub", parts=parts, rows=50)
        assert foreign.code == 2 and "is not signed by the key given" in foreign.talk
        keys = ("--public-key", files / "maker.key.pub", "--public-key", files / "stranger.key.pub")
        assert self.run(tabsynth, files, *keys, parts=parts, rows=50).code == 0

    def test_it_can_be_verified_with_the_public_key_alone(self, tabsynth, files):
        self.run(tabsynth, files, "--sign", files / "maker.key", out="signed.parquet")
        blend, statement = files / "signed.parquet", files / "signed.parquet.origin.json"
        by_maker = ("--public-key", files / "maker.key.pub")
        assert tabsynth("verify", blend, *by_maker).code == 0
        assert "whose signature" in tabsynth("verify", blend).talk
        foreign = tabsynth("verify", blend, "--public-key", files / "stranger.key.pub")
        assert foreign.code == 2 and "is not signed by the key given" in foreign.talk
        for file in (blend, statement):
            content = file.read_bytes()
            file.write_bytes(content[:99] + bytes([content[99] ^ 1]) + content[100:])
            done = tabsynth("verify", blend, *by_maker)
            assert done.code == 2 and done.talk.startswith("error: ") and done.talk.count("\n") == 1
            file.write_bytes(content)
        assert tabsynth("verify", blend, *by_maker).code == 0
        statement.unlink()
        assert "bring signed.parquet.origin.json" in tabsynth("verify", blend).talk
