"""Why a file cannot be read or written is said in the reader's language."""

import errno
import os
from pathlib import Path

import pytest

from posdiag.texts.lookup import TROUBLES, trouble


@pytest.mark.parametrize("name", TROUBLES)
def test_a_common_reason_has_chinese_words(name: str) -> None:
    number = getattr(errno, name)

    text = trouble(OSError(number, os.strerror(number)))

    assert not text.zh.isascii()
    assert text.en.isascii()


def test_a_missing_file_is_missing_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "none.toml").read_bytes()

    assert trouble(caught.value).zh == "没有这个文件或文件夹"


def test_a_rare_reason_is_what_the_system_says() -> None:
    assert trouble(OSError(errno.EXDEV, "cross-device link")).zh == "cross-device link"
    assert trouble(OSError()).zh == "OSError"
