"""PDF: characters -> lines -> blocks in reading order -> headings and paragraphs."""

from spacy_imrad.readers.pdf.paper import PDF, paper_from_pages

__all__ = ["PDF", "paper_from_pages"]
