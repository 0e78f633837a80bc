"""How much a document may ask of the reader. One home for every number; sizes in bytes."""

MEGABYTE = 1024 * 1024
MAX_FILE = 20 * MEGABYTE  # an official plan of 200 pages with pictures stays far below
MAX_UNPACKED = 200 * MEGABYTE  # sum of the sizes that a .docx declares for its parts
MAX_PART = 50 * MEGABYTE  # the one part that is read in full
MAX_TAGS = 2_000_000  # in one part; 300 pages of Word have about 300,000
MAX_RATIO = 200  # unpacked : packed; ordinary documents stay below 30
RATIO_FROM = 10 * MEGABYTE  # below this a high ratio is only a document of many equal words

MAX_TEXT = 1_000_000  # characters; a plan of 300 pages has about 250,000
MAX_CELLS = 200_000  # of a spreadsheet; a ledger of 3,000 rows has about 30,000
MAX_ROWS = 20_000
MAX_COLUMNS = 60  # what stands further right is no ledger
MAX_PAGES = 1_000  # of a PDF

# What the process that reads may use beyond its own start (see child.py).
CHILD_MEMORY = 230 * MEGABYTE  # with the start-up below 300
CHILD_SECONDS = 8  # of a processor; a PDF of 300 pages takes three, 1,500 measures half a second
CHILD_WAIT = 30  # on the clock: a busy machine gives them late
CHILD_OUTPUT = 100 * MEGABYTE
CONVERT_SECONDS = (
    30  # LibreOffice takes one to start and three for 1,500 measures, on a slow machine 15 to start
)
CONVERT_MEMORY = (
    520 * MEGABYTE
)  # of addresses; of memory it then takes 275 at most, and 210 for 1,500 measures

MAX_CLAUSE = 2000  # characters of a bracket that may still be a responsibility clause
MAX_NAME = 60  # characters of one unit name
