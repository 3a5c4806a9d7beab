from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from competition.kernel.data.ids import ALPHABET, new_code, new_id, new_token, token_hash


def test_ids_are_version_7_and_ordered_by_time() -> None:
    before = int(datetime.now(UTC).timestamp() * 1000)
    ids = [new_id() for _ in range(50)]
    after = int(datetime.now(UTC).timestamp() * 1000)
    assert {value.version for value in ids} == {7}
    assert {value.variant for value in ids} == {UUID(int=ids[0].int).variant}
    stamps = [value.int >> 80 for value in ids]
    assert stamps == sorted(stamps)
    assert before <= stamps[0] <= stamps[-1] <= after


def test_codes_are_eight_readable_signs() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set(ALPHABET)
    assert set("ILOU") & set(ALPHABET) == set()


def test_tokens_carry_256_bits_and_hash_to_hex() -> None:
    assert len(new_token()) == 43  # 32 bytes in base 64 without padding
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_ids_of_one_process_are_in_the_order_in_which_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    in_running_time = [new_id() for _ in range(2000)]
    assert in_running_time == sorted(in_running_time)
    monkeypatch.setattr("competition.kernel.data.ids.time.time_ns", lambda: 2_000_000_000_000_000_000)
    in_standing_time = [new_id() for _ in range(2000)]
    assert in_standing_time == sorted(set(in_standing_time))
