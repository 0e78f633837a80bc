"""What the invented people write: short sentences that differ by measure, month and person."""

import random
import struct
import zlib

VERBS = (
    "完成现场踏勘",
    "召开专题调度会",
    "组织施工队伍进场",
    "开展逐户排查",
    "完成资料归档",
    "落实专项资金",
    "开展联合检查",
)
PLACES = ("石桥片区", "河东片区", "柳林片区", "白鹭片区", "青石岭片区", "云溪片区", "松坪片区")
TROUBLES = ("", "", "部分点位施工用地协调较慢。", "个别农户参与意愿不强。", "专项资金拨付进度偏慢。")


def entry(measure, rng):
    """The three parts of an entry on the measure."""
    count = rng.randint(2, 60)
    return {
        "progress": f"围绕“{measure.text[:18]}”，在{rng.choice(PLACES)}{rng.choice(VERBS)}，涉及点位{count}个，"
        f"已完成{rng.randint(1, count)}个。",
        "difficulties": rng.choice(TROUBLES),
        "next_steps": f"下月继续推进{rng.choice(PLACES)}有关工作，逐项销号。",
    }


def findings(rng):
    return f"现场查看{rng.randint(2, 9)}个点位，调阅资料{rng.randint(3, 20)}份，整改情况属实。"


def picture(rng):
    """Bytes of a small picture that looks like no other."""
    rng, side = random.Random(rng.random()), 24
    rows = b"".join(b"\0" + rng.randbytes(side) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
