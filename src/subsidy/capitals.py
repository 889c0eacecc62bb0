"""Amounts in capital characters (大写金额), as forms and vouchers ask for them beside the figures.

By the rules of the People's Bank of China for filling in bills (正确填写票据和结算凭证的基本规定):
人民币 stands directly before the amount; 整 closes one that ends at 元 or 角, never one that ends at 分; zeros between
figures are one 零. Where the rules allow a 零 or none (before 仟 under 万, and before 角), none is written.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("仟", "佰", "拾", "")


def capitals(amount: Decimal) -> str:
    """An amount of CNY in capital characters: ``人民币壹佰贰拾叁元肆角伍分``; one below zero says 负.

    Raises:
        ValueError: it is no number of whole fen.
    """
    top, bottom = amount.as_integer_ratio() if amount.is_finite() else (1, 0)
    if not bottom or top * 100 % bottom:
        raise ValueError(f"{amount} is no number of whole fen")
    yuan, fen = divmod(abs(top) * 100 // bottom, 100)
    return f"人民币{'负' if top < 0 else ''}{_said(yuan, fen)}"


def _said(yuan: int, fen: int) -> str:
    whole = f"{_whole(yuan)}元" if yuan or not fen else ""
    jiao, rest = divmod(fen, 10)
    if not rest:
        return f"{whole}{f'{_DIGITS[jiao]}角' if jiao else ''}整"
    zero = "零" if whole else ""
    return f"{whole}{f'{_DIGITS[jiao]}角' if jiao else zero}{_DIGITS[rest]}分"


def _whole(number: int) -> str:
    """A whole number in capitals: split where 亿, then 万, then nothing stands."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        high, low = divmod(number, size)
        if high:
            zero = "零" if 0 < low < size // 10 else ""
            return f"{_whole(high)}{name}{zero}{_whole(low) if low else ''}"
    return _group(number)


def _group(number: int) -> str:
    """Four places at most; a row of zeros between figures is one 零."""
    said, skipped = "", False
    for digit, place in zip(map(int, f"{number:04d}"), _PLACES, strict=True):
        if digit:
            said += ("零" if skipped and said else "") + _DIGITS[digit] + place
        skipped = not digit
    return said or "零"
