"""The chain: what was written stays, in its order, and any change of it is seen."""

import json
import multiprocessing
import stat

import pytest

from privacy.errors import SourceError
from tabsynth.chain import START, Chain, LedgerError, Link

KEY = bytes(range(32))


@pytest.fixture
def chain(tmp_path):
    chain = Chain(tmp_path / "ledger", KEY)
    with chain.held() as held:
        for number in range(4):
            held.append({"number": number})
    return chain


def read(chain):
    with chain.held() as held:
        return held.links


def test_every_link_names_the_one_before(chain):
    links = read(chain)
    assert [link.content for link in links] == [{"number": number} for number in range(4)]
    assert [link.sequence for link in links] == [1, 2, 3, 4]
    assert [link.previous for link in links] == [START, *(link.hash for link in links[:-1])]


def test_nobody_else_can_read_it(chain):
    assert stat.S_IMODE(chain.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in chain.folder.iterdir()} == {0o600}


def test_any_changed_bit_is_seen(chain):
    content = chain.path.read_bytes()
    for at in range(len(content)):
        broken = bytearray(content)
        broken[at] ^= 1
        chain.path.write_bytes(broken)
        with pytest.raises(LedgerError, match="put the ledger back from a backup"):
            read(chain)


@pytest.mark.parametrize(
    "lines",
    [(1, 2, 3), (0, 2, 3), (0, 1, 3), (0, 2, 1, 3), (0, 0, 1, 2, 3)],
    ids=["first gone", "second gone", "third gone", "two exchanged", "one twice"],
)
def test_a_missing_moved_or_repeated_line_is_seen(chain, lines):
    content = chain.path.read_bytes().splitlines(keepends=True)
    chain.path.write_bytes(b"".join(content[at] for at in lines))
    with pytest.raises(LedgerError, match=r"entry \d of \d was changed"):
        read(chain)


def test_a_line_torn_by_a_crash_is_seen(chain):
    chain.path.write_bytes(chain.path.read_bytes()[:-5])
    with pytest.raises(LedgerError, match="entry 4 of 4"):
        read(chain)


def test_lines_cut_off_at_the_end_leave_a_chain_without_the_later_head(chain):
    """The chain by itself cannot tell; whoever holds a later head can."""
    head = read(chain)[-1].hash
    chain.path.write_bytes(b"".join(chain.path.read_bytes().splitlines(keepends=True)[:2]))
    assert head not in {link.hash for link in read(chain)}


def test_without_the_key_nobody_can_write_a_link(chain):
    """Not even with everything else known: the content, the order, the hash before."""
    last = read(chain)[-1]
    forged = Link(sequence=5, time=last.time, content={}, previous=last.hash).sealed(b"another key")
    with chain.path.open("ab") as file:
        file.write(forged.to_line())
    with pytest.raises(LedgerError, match="entry 5 of 5"):
        read(chain)
    with pytest.raises(LedgerError, match="entry 1 of 5 was changed, or written under another key"):
        read(Chain(chain.folder, b"another key"))


def test_a_line_spelled_otherwise_is_not_the_line(chain):
    first, *others = chain.path.read_bytes().splitlines(keepends=True)
    chain.path.write_bytes(json.dumps(json.loads(first)).encode() + b"\n" + b"".join(others))
    with pytest.raises(LedgerError, match="entry 1 of 4"):
        read(chain)


def test_a_folder_that_cannot_be_made_is_the_users_to_mend(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="cannot be written"):
        read(Chain(tmp_path / "file" / "ledger", KEY))


def _append(folder, count):
    for _ in range(count):
        with Chain(folder, KEY).held() as held:
            held.append({"seen": len(held.links)})


def test_two_programs_at_once_write_one_chain(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append, args=(tmp_path / "ledger", 20)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    links = read(Chain(tmp_path / "ledger", KEY))
    assert [link.content["seen"] for link in links] == list(range(60))
