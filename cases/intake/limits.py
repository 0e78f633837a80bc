"""How much a document may ask of the reader. One home for every number; sizes in bytes."""

MEGABYTE = 1024 * 1024
MAX_FILE = 20 * MEGABYTE  # an official plan of 200 pages with pictures stays far below
MAX_UNPACKED = 200 * MEGABYTE  # sum of the sizes that a .docx declares for its parts
MAX_PART = 50 * MEGABYTE  # the one part that is read in full
MAX_RATIO = 200  # unpacked : packed; ordinary documents stay below 30
RATIO_FROM = 10 * MEGABYTE  # below this a high ratio is only a document of many equal words

MAX_CLAUSE = 2000  # characters of a bracket that may still be a responsibility clause
MAX_NAME = 60  # characters of one unit name
