"""Who knocks, from which situations on, and for what: the people and lives of ``tests/test_life_model.py``."""

from tests.life_model import ACTS, OFFICE, Person

POSTS = {
    "handler of A": [("HANDLER", "A")],
    "second handler of A": [("HANDLER", "A")],
    "head of A": [("UNIT_HEAD", "A")],
    "handler and head of B": [("HANDLER", "B"), ("UNIT_HEAD", "B")],
    "head of B": [("UNIT_HEAD", "B")],
    "handler of C": [("HANDLER", "C")],
    "head of C": [("UNIT_HEAD", "C")],
    "handler of D": [("HANDLER", "D")],
    "head of D": [("UNIT_HEAD", "D")],
    "clerk": [("OFFICE_CLERK", OFFICE)],
    "clerk who also handles in A": [("OFFICE_CLERK", OFFICE), ("HANDLER", "A")],
    "clerk and head of the office": [("OFFICE_CLERK", OFFICE), ("OFFICE_HEAD", OFFICE)],
    "head of the office": [("OFFICE_HEAD", OFFICE)],
    "leader": [("LEADER", OFFICE)],
    "auditor": [("AUDITOR", OFFICE)],
}
PEOPLE = [Person(name, tuple(posts)) for name, posts in POSTS.items()]
UNITS = "ABCD"
# (leads, responsible units) that a measure begins with; nobody leads the second one
DUTIES = [("A", "C"), ("", "AB"), ("AB", "C"), ("A", "")]
# From the end of the straight road to its beginning: whatever is lawful first leads on.
STRAIGHT = [
    "relapse", "close_out", "verify", "submit", "request_verification", "attach_evidence", "enter_progress", "claim",
]  # fmt: skip
SENT = [
    ("claim", "handler of A", {}),
    ("enter_progress", "handler of A", {}),
    ("attach_evidence", "handler of A", {}),
    ("request_verification", "handler of A", {}),
]
SUBMITTED = [*SENT, ("submit", "head of A", {})]
VERIFIED = [*SUBMITTED, ("verify", "clerk", {})]
CLOSED = [*VERIFIED, ("close_out", "head of the office", {})]
A_LEADS, BOTH_LEAD = ("A", "C"), ("AB", "C")
OTHER, PAIR = {"old": "B", "new": "D"}, {"asker": "A", "own": "C"}
CLAIM_OF_B = ("claim", "handler and head of B", {})
ASKED, ANSWERED = ("ask_input", "handler of A", {"about": "C"}), ("answer_input", "handler of C", PAIR)
LATER, APPROVED = ("request_extension", "handler of A", {}), ("approve_extension", "head of A", {})
DECIDED = ("decide_extension", "clerk and head of the office", {})
GRANTED = [LATER, APPROVED, DECIDED]
# ((leads, responsible), the steps that lead there)
BEFORE_WORK = [
    (A_LEADS, []),
    (("", "AB"), [("claim", "handler of A", {})]),
    (A_LEADS, [("raise_dispute", "head of A", {})]),
    (BOTH_LEAD, [("claim", "handler of A", {}), ("raise_dispute", "handler and head of B", {})]),
]
AT_WORK = [
    (A_LEADS, SENT),
    (BOTH_LEAD, [CLAIM_OF_B, *SENT]),
    # Work has begun, then a unit comes that has not claimed; it does everything but that.
    (
        BOTH_LEAD,
        [CLAIM_OF_B, *SENT, ("reassign", "clerk", OTHER), ("enter_progress", "handler of D", {})],
    ),
    (
        BOTH_LEAD,
        [
            *[CLAIM_OF_B, *SENT, ("reassign", "clerk", OTHER)],
            ("raise_dispute", "handler of D", {}),
            ("enter_progress", "handler of D", {}),
        ],
    ),
    # The step is reported; in the second one by a unit that is replaced while a later date is asked for.
    (A_LEADS, [*SENT[:1], ("report_checkpoint", "clerk who also handles in A", {})]),
    (
        A_LEADS,
        [
            *[*SENT[:1], LATER, ASKED],
            ("report_checkpoint", "clerk who also handles in A", {}),
            ("reassign", "clerk", {"old": "A", "new": "D"}),
            ("claim", "handler of D", {}),
        ],
    ),
    (A_LEADS, [*SENT, ("send_back_request", "head of A", {})]),
    # One lead has signed; the request of the other was sent back and made again by a handler who is its head, too.
    (
        BOTH_LEAD,
        [
            *[*SUBMITTED[:1], CLAIM_OF_B, *SUBMITTED[1:]],
            ("enter_progress", "handler and head of B", {}),
            ("request_verification", "handler and head of B", {}),
            ("send_back_request", "head of B", {}),
            ("request_verification", "handler and head of B", {}),
        ],
    ),
    (A_LEADS, [*SUBMITTED, ("return_for_rework", "head of the office", {})]),
    (A_LEADS, [*VERIFIED, ("return_for_rework", "clerk", {}), *SENT[-1:]]),
    (A_LEADS, [*CLOSED, ("relapse", "clerk", {})]),
]
ASKING = [
    # A later date: asked for, with the office, refused, with the leader, and two of them granted.
    (A_LEADS, [*SENT[:1], LATER]),
    (A_LEADS, [*SENT[:1], LATER, APPROVED]),
    (A_LEADS, [*SENT[:1], LATER, APPROVED, ("refuse_extension", "head of the office", {})]),
    (A_LEADS, [*SENT[:1], *GRANTED, LATER, APPROVED, DECIDED]),
    (A_LEADS, [*SENT[:1], *GRANTED, LATER, APPROVED, DECIDED, ("sign_extension", "leader", {})]),
    # An answer: asked for, given, taken over; taken back; waiting when the unit that asked is replaced.
    (A_LEADS, [*SENT[:1], ASKED]),
    (A_LEADS, [*SENT[:1], ASKED, ANSWERED]),
    (A_LEADS, [*SENT[:1], ASKED, ANSWERED, ("merge_inputs", "second handler of A", PAIR)]),
    (A_LEADS, [*SENT[:1], ASKED, ("cancel_input", "second handler of A", PAIR)]),
    (
        A_LEADS,
        [
            *[*SENT[:1], ASKED, ANSWERED, ASKED],
            ("reassign", "clerk", {"old": "A", "new": "D"}),
            ("claim", "handler of D", {}),
        ],
    ),
]
# A later date is asked for, and the office does not find the step reached that the head's signature reported.
UNREACHED = [*SUBMITTED[:1], LATER, *SUBMITTED[1:], ("refuse_checkpoint", "clerk", {})]
WITH_THE_OFFICE = [
    (A_LEADS, SUBMITTED),
    (BOTH_LEAD, [CLAIM_OF_B, *SUBMITTED, ("reassign", "clerk", OTHER)]),
    (A_LEADS, UNREACHED),
    (A_LEADS, [*UNREACHED, *VERIFIED[-1:], APPROVED]),
    (A_LEADS, [*UNREACHED, *CLOSED[-2:]]),
    (A_LEADS, VERIFIED),
    (A_LEADS, [*VERIFIED, ("set_grade", "head of the office", {"important": True})]),
    (A_LEADS, CLOSED),
    (A_LEADS, [("withdraw", "head of the office", {})]),
]
SITUATIONS = [*BEFORE_WORK, *AT_WORK, *ASKING, *WITH_THE_OFFICE]
ENDS = {"withdraw", "split", "merge", "transfer"}
STATES = ["ISSUED", "DISPUTED", "RECTIFYING", "SUBMITTED", "VERIFIED", "CLOSED", "WITHDRAWN"]


def every_knock(model):
    """(act, person, data) for everybody and everything that can be asked of the door."""
    pairs = [{"asker": one, "own": other} for one in UNITS for other in UNITS if one != other]
    choices = {
        "settle_dispute": [{"about": unit} for unit in UNITS],
        "reassign": [
            {"old": old, "new": new}
            for old in UNITS
            for new in UNITS
            if new not in model.units and new != old
        ],
        "set_grade": [{"important": True}, {"important": False}],
        "ask_input": [{"about": unit} for unit in UNITS],
        "answer_input": pairs,
        "cancel_input": pairs,
        "merge_inputs": pairs,
    }
    return [(act, person, data) for act in ACTS for person in PEOPLE for data in choices.get(act, [{}])]
