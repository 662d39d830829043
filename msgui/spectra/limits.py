"""How much of a file is believed: bounds that keep a hostile or broken file from filling memory."""

# A text file of a million spectra is about 1.2 GB; ten times that is still read, record by record.
FILE_BYTES = 10_000_000_000
# Formats are recognised from this much of the (unpacked) file.
SNIFF_BYTES = 65_536
# One record of text; 200,000 peaks with annotations are about 10 MB.
RECORD_BYTES = 100_000_000
# One spectrum element of XML: two arrays of two million doubles in base64, and some.
ELEMENT_BYTES = 120_000_000
# Peaks of one centroided spectrum; more are noise, and the most intense ones are kept.
PEAKS = 200_000
# Points of one array, profile data included.
POINTS = 2_000_000
# Decompression of a file or of one array: deflate cannot pass 1032 to 1, and no measured data come
# near 1000 to 1. The floor lets tiny inputs be as repetitive as they like.
ARRAY_BYTES = 200_000_000
INFLATE_RATIO = 1000
INFLATE_FLOOR = 1_000_000
# XML is read without recursion, so depth costs nothing; a longer attribute is not a spectrum's.
ATTRIBUTE_BYTES = 1_000_000
JSON_DEPTH = 64
# Small molecules are measured with few charges; a larger number is a mistyped field.
CHARGE = 50
