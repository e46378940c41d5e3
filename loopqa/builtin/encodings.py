"""Names of text encodings, as options of sources give them."""

from __future__ import annotations

import codecs
from typing import Annotated

from pydantic import AfterValidator

from loopqa.language import text


def codec_name(encoding: str) -> str:
    """Python's name of an encoding; GB 2312 and GBK are parts of GB 18030.

    Raises:
        ValueError: there is no such encoding of text.
    """
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # refuses codecs that are not for text
    except LookupError:
        raise ValueError(text("there is no encoding '{name}'", name=encoding)) from None
    return "gb18030" if name in {"gb2312", "gbk"} else name


Encoding = Annotated[str, AfterValidator(codec_name)]
"""An option that names an encoding."""
