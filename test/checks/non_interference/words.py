"""Random texts, and others of the same lengths."""

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Words:
	"""Words of one length that stemming leaves as they are"""

	def __init__(self, r):
		self.random = r

	def word(self):
		r = self.random
		return "".join(
			r.choice(letters)
			for letters in ("bdghmpt", "aiou", "bdgmptz", "aiou", "bdgmpz", "aio", "kpb")
		)

	def text(self, words):
		return " ".join(self.word() for _ in range(words))

	def long(self, length):
		"""A text that does not compress, so that TOAST stores it out of line"""
		return "".join(self.random.choices(BASE62, k=length))

	def like(self, text, other_length=False):
		"""Another text with words of the same lengths, or of any length"""
		if text is None:
			return None
		if other_length:
			return self.text(self.random.choice([1, 2, 5, 20, 60]))
		if len(text) > 1000:
			return self.long(len(text))
		return "".join(self.letter(c, text[i + 1 : i + 2]) for i, c in enumerate(text))

	def letter(self, c, following):
		"""Another letter or digit that may stand in its place; following: the next one"""
		if c.isdigit():
			return self.random.choice("0123456789")
		if not c.isalpha():
			return c
		if c in "aiou":
			return self.random.choice("aiou")
		return self.random.choice("kpb" if following in ("", " ") else "bdgmpz")
