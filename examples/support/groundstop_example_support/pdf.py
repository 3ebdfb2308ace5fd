"""The smallest PDF that every viewer opens: one A4 page of lines in Courier (ISO 32000-1, sections 7.5 and 9.4)."""

from collections.abc import Sequence


def page(lines: Sequence[str]) -> bytes:
    """One page. Characters outside Latin-1 become question marks: the built-in fonts have no others."""
    text = b"".join(b"(" + _escaped(line) + b") Tj T* " for line in lines)
    content = b"BT /F1 10 Tf 14 TL 50 790 Td " + text + b"ET"
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        ]
    )


def _escaped(line: str) -> bytes:
    safe = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return safe.encode("latin-1", "replace")


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects, a table of where each starts, and the trailer that points at the table."""
    body, starts = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        starts.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + trailer
