"""One TOML file = one release; the command line goes before the file; a wrong key is named."""

import pytest

from privacy import ConfigError
from tabsynth.config import load_config


def test_the_command_line_goes_before_the_file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        'generator = "ctgan"\nseed = 4\n[settings]\nepochs = 3\n[split]\ntrain = 0.7\ndevelopment = 0\n'
    )
    with pytest.raises(ConfigError, match="add up to 1"):
        load_config(path)
    path.write_text(path.read_text() + "control = 0.3\n")
    run = load_config(path, seed=9, rows=None)
    assert (run.generator, run.seed, run.rows, run.settings) == ("ctgan", 9, None, {"epochs": 3})
    assert (run.split.train, run.split.control) == (0.7, 0.3)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("genrator = 'copula'", "genrator"),
        ("seed = -1", "seed"),
        ("rows = 0", "rows"),
        ("[split]\ntrain = 2", "split.train"),
        ("device = 'tpu'", "device"),
        ("targets = 'odd'\ncandidates = 5", "targets"),
        ("targets = 'noised'", "ask for several a row with candidates"),
        ("seed = ", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_on_one_line(tmp_path, text, named):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=named) as caught:
        load_config(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_users_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.toml")
