"""The tests. They mirror the tree; labs, golden files and peers stand beside."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
FIXTURES = TESTS / "fixtures" / "wifi"
PEERS = TESTS / "peers"
