"""Wrong answers to lesson 24 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and some of them are not used.
# ruff: noqa: A002, B007, B905, C416, F821, F841, RET504


# cosine_similarity


def cosine_similarity__dot_product(a, b):
    """Vectors of a model have the length 1 anyway.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product))


def cosine_similarity__divides_by_one_length(a, b):
    """One length is enough.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / math.hypot(*a) ** 2))


def cosine_similarity__zip_checks_nothing(a, b):
    """zip takes care of vectors of different length.

    Caught by: test_what_cannot_be_compared
    """
    if not len(a) or not len(b) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__squares_overflow(a, b):
    """A length is the root of the sum of the squares.

    Caught by: test_large_and_small_numbers
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(
        -1.0,
        min(1.0, product / (math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b)))),
    )


def cosine_similarity__product_of_squares(a, b):
    """One square root for both lengths is quicker.

    Caught by: test_large_and_small_numbers
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    product = sum(x * y for x, y in zip(a, b))
    return max(
        -1.0,
        min(
            1.0, product / math.sqrt(math.fsum(x * x for x in a) * math.fsum(y * y for y in b) or 1)
        ),
    )


def cosine_similarity__not_cut_off(a, b):
    """A cosine is never above 1.

    Caught by: test_never_beyond_one
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return product / (math.hypot(*a) * math.hypot(*b))


def cosine_similarity__cut_off_at_zero(a, b):
    """A similarity is from 0 to 1.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(0.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__absolute(a, b):
    """Opposite vectors are alike in a way.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return abs(max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b)))))


def cosine_similarity__zeros_are_equal(a, b):
    """Two vectors of zeros are the same vector.

    Caught by: test_zeros
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 1.0 if largest_a == largest_b else 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__zeros_give_nan(a, b):
    """What cannot be computed is NaN.

    Caught by: test_zeros
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return math.nan
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__zeros_are_refused(a, b):
    """A vector of zeros is a mistake.

    Caught by: test_zeros
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        raise ValueError("a vector of zeros")
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__zeros_before_the_check(a, b):
    """The quick case comes first.

    Caught by: test_what_cannot_be_compared
    """
    if not any(a) or not any(b):
        return 0.0
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__distance(a, b):
    """The nearer, the more alike.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return 1 / (1 + math.dist(a, b))


def cosine_similarity__angle(a, b):
    """The angle is what counts.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return 1 - math.acos(max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))) / math.pi


def cosine_similarity__accepts_nan(a, b):
    """NaN comes out as NaN.

    Caught by: test_what_cannot_be_compared
    """
    if len(a) != len(b) or not len(a):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__checks_the_first_only(a, b):
    """The second vector comes from the store and is right.

    Caught by: test_what_cannot_be_compared
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, a))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__accepts_infinity(a, b):
    """Infinity is a number.

    Caught by: test_what_cannot_be_compared
    """
    if len(a) != len(b) or not len(a) or (any(map(math.isnan, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__scales_in_place(a, b):
    """The vectors are scaled where they are.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    if isinstance(a, list):
        a[:] = [x / largest_a for x in a]
    if isinstance(b, list):
        b[:] = [y / largest_b for y in b]
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


def cosine_similarity__rounds(a, b):
    """Four digits are enough.

    Caught by: test_known_angles
    """
    if len(a) != len(b) or not len(a) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return round(max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b)))), 4)


def cosine_similarity__no_dimensions_are_zero(a, b):
    """Nothing is like nothing.

    Caught by: test_what_cannot_be_compared
    """
    if not len(a) and not len(b):
        return 0.0
    if len(a) != len(b) or (not all(map(math.isfinite, [*a, *b]))):
        raise ValueError("two vectors of finite numbers with the same dimensions are wanted")
    largest_a, largest_b = (max(map(abs, a)), max(map(abs, b)))
    if not largest_a or not largest_b:
        return 0.0
    a, b = ([x / largest_a for x in a], [y / largest_b for y in b])
    product = math.fsum((x * y for x, y in zip(a, b, strict=True)))
    return max(-1.0, min(1.0, product / (math.hypot(*a) * math.hypot(*b))))


# embed_in_batches


def embed_in_batches__embeds_each_query(embeddings, texts, batch_size=64):
    """A text is a text.

    Caught by: test_a_vector_for_each_text
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = [embeddings.embed_query(one) for one in batch]
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__one_call(embeddings, texts, batch_size=64):
    """The library makes the batches.

    Caught by: test_a_vector_for_each_text
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), max(1, len(distinct))):
        batch = distinct
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__one_text_a_call(embeddings, texts, batch_size=64):
    """Each text is a call.

    Caught by: test_a_vector_for_each_text
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(len(distinct)):
        batch = distinct[start : start + 1]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__set_of_texts(embeddings, texts, batch_size=64):
    """A set has each text once.

    Caught by: test_a_vector_for_each_text
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = sorted(set(texts), reverse=True)
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__sorted_texts(embeddings, texts, batch_size=64):
    """In a sorted list, equal texts are easy to find.

    Caught by: test_a_vector_for_each_text
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = sorted(set(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__equal_ones_in_a_batch_only(embeddings, texts, batch_size=64):
    """Equal texts are looked for in each batch.

    Caught by: test_equal_texts
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(texts)
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = list(dict.fromkeys(distinct[start : start + batch_size]))
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__embeds_all(embeddings, texts, batch_size=64):
    """Equal texts get equal vectors anyway.

    Caught by: test_equal_texts
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(texts)
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__only_neighbors(embeddings, texts, batch_size=64):
    """Equal texts stand next to each other.

    Caught by: test_equal_texts
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = [one for n, one in enumerate(texts) if not n or one != texts[n - 1]]
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__no_check_of_the_number(embeddings, texts, batch_size=64):
    """A model gives a vector for each text.

    Caught by: test_a_wrong_number_of_vectors
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        vectors.update(zip(batch, made))
    if len({len(vector) for vector in vectors.values() if vector}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors.get(text, [])) for text in texts]


def embed_in_batches__too_many_are_ignored(embeddings, texts, batch_size=64):
    """More vectors than texts do no harm.

    Caught by: test_a_wrong_number_of_vectors
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) < len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__counts_at_the_end(embeddings, texts, batch_size=64):
    """The number is checked when all have come.

    Caught by: test_a_wrong_number_of_vectors
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        vectors.update(zip(batch, made))
    if len(vectors) != len(distinct):
        raise ValueError("a vector is missing")
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__dimensions_of_one_call(embeddings, texts, batch_size=64):
    """Each call is checked.

    Caught by: test_other_dimensions
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        if len({len(vector) for vector in made}) > 1:
            raise ValueError("different dimensions")
        vectors.update(zip(batch, made, strict=True))
    return [list(vectors[text]) for text in texts]


def embed_in_batches__dimensions_of_the_first(embeddings, texts, batch_size=64):
    """The first vector of a call stands for all of it.

    Caught by: test_other_dimensions
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    firsts = {len(vectors[one]) for one in distinct[::batch_size]}
    if len(firsts) > 1:
        raise ValueError("different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__no_dimensions(embeddings, texts, batch_size=64):
    """Dimensions are the business of the store.

    Caught by: test_other_dimensions
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    return [list(vectors[text]) for text in texts]


def embed_in_batches__shares_lists(embeddings, texts, batch_size=64):
    """Equal texts can have the same list.

    Caught by: test_lists_of_their_own
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [vectors[text] for text in texts]


def embed_in_batches__skips_blank_texts(embeddings, texts, batch_size=64):
    """A blank text has no meaning.

    Caught by: test_texts_that_only_look_alike
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(one for one in texts if one.strip()))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors.get(text, [0, 1, 0, 0])) for text in texts]


def embed_in_batches__strips(embeddings, texts, batch_size=64):
    """White space at the ends makes no difference.

    Caught by: test_texts_that_only_look_alike
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(one.strip() for one in texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text.strip()]) for text in texts]


def embed_in_batches__in_distinct_order(embeddings, texts, batch_size=64):
    """The vectors come as they were made.

    Caught by: test_equal_texts
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in distinct]


def embed_in_batches__asks_without_texts(embeddings, texts, batch_size=64):
    """The embeddings know what to do without texts.

    Caught by: test_no_texts
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    if not texts:
        return embeddings.embed_documents([])
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__batch_of_zero(embeddings, texts, batch_size=64):
    """0 means no limit.

    Caught by: test_a_batch_size_that_is_too_small
    """
    if batch_size < 1:
        batch_size = max(1, len(texts))
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__checks_late(embeddings, texts, batch_size=64):
    """Without texts, the size does not matter.

    Caught by: test_a_batch_size_that_is_too_small
    """
    if texts and batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__smaller_batches(embeddings, texts, batch_size=64):
    """Batches of equal size are fairer.

    Caught by: test_batches
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    count = -(-len(distinct) // batch_size)
    batch_size = -(-len(distinct) // count) if count else 1
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__retries(embeddings, texts, batch_size=64):
    """A call that fails is tried again.

    Caught by: test_errors_pass_through
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        try:
            made = embeddings.embed_documents(batch)
        except ConnectionError:
            made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__wraps_errors(embeddings, texts, batch_size=64):
    """The caller expects one kind of error.

    Caught by: test_errors_pass_through
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        try:
            made = embeddings.embed_documents(batch)
        except Exception as error:
            raise ValueError("it failed") from error
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__wrong_default(embeddings, texts, batch_size=32):
    """32 is a good size.

    Caught by: test_batches
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


def embed_in_batches__off_by_one(embeddings, texts, batch_size=64):
    """The last place belongs to a slice.

    Caught by: test_a_vector_for_each_text
    """
    if batch_size < 1:
        raise ValueError("a batch has at least one text")
    distinct = list(dict.fromkeys(texts))
    vectors = {}
    for start in range(0, len(distinct), batch_size):
        batch = distinct[start : start + batch_size + 1]
        made = embeddings.embed_documents(batch)
        if len(made) != len(batch):
            raise ValueError(f"{len(made)} vectors came for {len(batch)} texts")
        vectors.update(zip(batch, made, strict=True))
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise ValueError("the vectors have different dimensions")
    return [list(vectors[text]) for text in texts]


# CachedEmbeddings


class CachedEmbeddings__text_as_key(Embeddings):
    """The text is its own name.

    Caught by: test_keys
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return f"{self._model}/{kind}/{text}"


class CachedEmbeddings__no_model(Embeddings):
    """A cache belongs to one model.

    Caught by: test_two_models
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([kind, text]).encode()).hexdigest()


class CachedEmbeddings__no_kind(Embeddings):
    """A vector is a vector.

    Caught by: test_a_query_is_no_document
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, text]).encode()).hexdigest()


class CachedEmbeddings__joined_parts(Embeddings):
    """Joined texts are different if their parts are.

    Caught by: test_no_two_entries_have_one_key
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256((self._model + kind + text).encode()).hexdigest()


class CachedEmbeddings__joined_with_colons(Embeddings):
    """A colon keeps the parts apart.

    Caught by: test_no_two_entries_have_one_key
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(f"{self._model}:{kind}:{text}".encode()).hexdigest()


class CachedEmbeddings__hash(Embeddings):
    """hash makes a number of a text.

    Caught by: test_keys
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return f"{self._model}-{kind}-{hash(text)}"


class CachedEmbeddings__bytes_as_key(Embeddings):
    """digest is shorter than hexdigest.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).digest()


class CachedEmbeddings__tuple_as_key(Embeddings):
    """A dict takes any key.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return (self._model, kind, hashlib.sha256(text.encode()).hexdigest())


class CachedEmbeddings__model_in_lower_case(Embeddings):
    """Names of models are not case-sensitive.

    Caught by: test_two_models
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model.lower(), kind, text]).encode()).hexdigest()


class CachedEmbeddings__key_of_stripped_text(Embeddings):
    """White space at the ends makes no difference.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text.strip()]).encode()).hexdigest()


class CachedEmbeddings__queries_not_cached(Embeddings):
    """Every question is another one.

    Caught by: test_queries
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        return list(self._inner.embed_query(text))

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__query_as_document(Embeddings):
    """A question is embedded like a text.

    Caught by: test_queries
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        return self.embed_documents([text])[0]

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__documents_as_queries(Embeddings):
    """One text after the other.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = [self._inner.embed_query(one) for one in missing.values()]
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__one_call_a_text(Embeddings):
    """One text after the other.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = [self._inner.embed_documents([one])[0] for one in missing.values()]
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__asks_for_all(Embeddings):
    """If one is missing, all are asked for.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(dict.fromkeys(texts)))
            new = {key: list(vector) for key, vector in zip(dict.fromkeys(keys), made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__asks_twice(Embeddings):
    """Each place in the list is a text of its own.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            places = [n for n, key in enumerate(keys) if key not in vectors]
            made = self._inner.embed_documents([texts[n] for n in places])
            new = {keys[n]: list(vector) for n, vector in zip(places, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__asks_for_nothing(Embeddings):
    """inner knows what to do without texts.

    Caught by: test_all_are_there
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if True:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__stores_one_by_one(Embeddings):
    """What has come is stored at once.

    Caught by: test_a_wrong_number_of_vectors
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {}
            for key, vector in zip(missing, made, strict=True):
                new[key] = self._cache[key] = list(vector)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__zip_is_enough(Embeddings):
    """A model gives a vector for each text.

    Caught by: test_a_wrong_number_of_vectors
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors.get(key, [])) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__notes_before(Embeddings):
    """An entry is reserved before it is asked for.

    Caught by: test_what_fails
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            self._cache.update({key: [] for key in missing})
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__hands_out_the_cached_list(Embeddings):
    """The list in the cache is the result.

    Caught by: test_vectors_belong_to_the_caller
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
        return [self._cache[key] for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__hands_out_the_cached_query(Embeddings):
    """The list in the cache is the result.

    Caught by: test_vectors_belong_to_the_caller
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return self._cache[key]

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__stores_the_list_that_came(Embeddings):
    """What inner gives is mine.

    Caught by: test_vectors_belong_to_the_caller
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: vector for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__shares_lists(Embeddings):
    """Equal texts can have the same list.

    Caught by: test_vectors_belong_to_the_caller
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        copies = {key: list(vector) for key, vector in vectors.items()}
        return [copies[key] for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__own_copy_of_the_cache(Embeddings):
    """A copy cannot be changed by others.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = dict(cache)

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__replaces_an_empty_cache(Embeddings):
    """No cache was given.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache or {}

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__remembers_itself(Embeddings):
    """A dict of my own is quicker.

    Caught by: test_the_cache_is_asked_each_time
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache
        self._own = {}

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {
            key: self._own.get(key) or self._cache[key]
            for key in keys
            if key in self._own or key in self._cache
        }
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
            self._own.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__sorted_texts(Embeddings):
    """Sorted texts can be found again.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {
            key: text for text, key in sorted(zip(texts, keys, strict=True)) if key not in vectors
        }
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__only_new_vectors(Embeddings):
    """What came is the result.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: self._cache[key] for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update(new)
            vectors.update(new)
        return [list(vector) for vector in vectors.values()]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


class CachedEmbeddings__strings_in_the_cache(Embeddings):
    """A cache has texts.

    Caught by: test_each_text_once
    """

    def __init__(self, inner, model, cache):
        self._inner = inner
        self._model = model
        self._cache = cache

    def embed_documents(self, texts):
        keys = [self._key("document", text) for text in texts]
        vectors = {key: json.loads(self._cache[key]) for key in keys if key in self._cache}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            made = self._inner.embed_documents(list(missing.values()))
            new = {key: list(vector) for key, vector in zip(missing, made, strict=True)}
            self._cache.update({key: json.dumps(vector) for key, vector in new.items()})
            vectors.update(new)
        return [list(vectors[key]) for key in keys]

    def embed_query(self, text):
        key = self._key("query", text)
        if key not in self._cache:
            self._cache[key] = list(self._inner.embed_query(text))
        return list(self._cache[key])

    def _key(self, kind, text):
        return hashlib.sha256(json.dumps([self._model, kind, text]).encode()).hexdigest()


# top_k


def top_k__sorted_by_score(scores, k, at_least=None):
    """sorted keeps the order of equal ones.

    Caught by: test_equal_scores
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return sorted(kept, key=lambda entry: entry[1], reverse=True)[:k]


def top_k__ids_descend(scores, k, at_least=None):
    """Everything is sorted the other way round.

    Caught by: test_equal_scores
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return sorted(kept, key=lambda entry: (entry[1], entry[0]), reverse=True)[:k]


def top_k__lowest_first(scores, k, at_least=None):
    """sorted puts the best first.

    Caught by: test_the_best
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (entry[1], entry[0]))


def top_k__nlargest(scores, k, at_least=None):
    """nlargest is the best of many.

    Caught by: test_equal_scores
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nlargest(k, kept, key=lambda entry: entry[1])


def top_k__ids_as_numbers(scores, k, at_least=None):
    """Ids are counted.

    Caught by: test_equal_scores
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], (len(entry[0]), entry[0])))


def top_k__ids_without_case(scores, k, at_least=None):
    """A and a are the same letter.

    Caught by: test_equal_scores
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0].casefold()))


def top_k__limit_if_true(scores, k, at_least=None):
    """No limit is false.

    Caught by: test_a_limit
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if not at_least or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__limit_is_excluded(scores, k, at_least=None):
    """At least means more than.

    Caught by: test_a_limit
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score > at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__limit_after_the_cut(scores, k, at_least=None):
    """The limit is applied to the result.

    Caught by: test_a_limit
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        kept.append((name, score))
    best = heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))
    return (
        best
        if at_least is None
        else [one for one in best if one[1] > at_least or one[1] == at_least][: max(0, k - 1)]
        or best[:1]
    )


def top_k__limit_of_the_first(scores, k, at_least=None):
    """If the best is good enough, all are.

    Caught by: test_a_limit
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        kept.append((name, score))
    if at_least is not None and all(one[1] < at_least for one in kept):
        return []
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__k_is_zero(scores, k, at_least=None):
    """Nothing is wanted, so nothing comes.

    Caught by: test_k_is_too_small
    """
    if k < 0:
        raise ValueError(k)
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__k_by_slicing(scores, k, at_least=None):
    """A slice takes any k.

    Caught by: test_k_is_too_small
    """
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return sorted(kept, key=lambda entry: (-entry[1], entry[0]))[:k]


def top_k__k_is_checked_if_needed(scores, k, at_least=None):
    """Without scores, k does not matter.

    Caught by: test_k_is_too_small
    """
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    if kept and k < 1:
        raise ValueError(k)
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__nan_unnoticed(scores, k, at_least=None):
    """sort puts NaN somewhere.

    Caught by: test_not_a_number
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__nan_left_out(scores, k, at_least=None):
    """What has no score does not come.

    Caught by: test_not_a_number
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            continue
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__nan_in_the_result(scores, k, at_least=None):
    """Only what comes out is checked.

    Caught by: test_not_a_number
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if at_least is None or score >= at_least:
            kept.append((name, score))
    best = heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))
    for name, score in best:
        if math.isnan(score):
            raise ValueError(name)
    return best


def top_k__nan_after_the_limit(scores, k, at_least=None):
    """What is below the limit is not looked at.

    Caught by: test_not_a_number
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if at_least is None or score >= at_least:
            if math.isnan(score):
                raise ValueError(name)
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__nan_without_the_id(scores, k, at_least=None):
    """The error says what is wrong.

    Caught by: test_not_a_number
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError("a score is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__reads_twice(scores, k, at_least=None):
    """First check, then sort.

    Caught by: test_a_stream
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    if any(math.isnan(score) for _, score in scores):
        raise ValueError([name for name, score in scores if math.isnan(score)])
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__sorts_in_place(scores, k, at_least=None):
    """sort is quicker than sorted.

    Caught by: test_the_best
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    if isinstance(scores, list):
        scores.sort(key=lambda entry: (-entry[1], entry[0]))
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__only_ids(scores, k, at_least=None):
    """The ids are wanted.

    Caught by: test_the_best
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return [name for name, _ in heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))]


def top_k__a_dict(scores, k, at_least=None):
    """Ids have scores.

    Caught by: test_the_best
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return dict(heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0])))


def top_k__one_too_few(scores, k, at_least=None):
    """The last place does not count.

    Caught by: test_the_best
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k - 1 or 1, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__infinity_is_refused(scores, k, at_least=None):
    """A score is a finite number.

    Caught by: test_the_best
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if not math.isfinite(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, score))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


def top_k__clamped(scores, k, at_least=None):
    """A similarity is not below 0.

    Caught by: test_the_best
    """
    if k < 1:
        raise ValueError(f"at least one entry has to be wanted, not {k}")
    kept = []
    for name, score in scores:
        if math.isnan(score):
            raise ValueError(f"the score of {name} is not a number")
        if at_least is None or score >= at_least:
            kept.append((name, max(score, 0.0)))
    return heapq.nsmallest(k, kept, key=lambda entry: (-entry[1], entry[0]))


# mmr_select


def mmr_select__ranking(query, vectors, k, relevance=0.5):
    """The most alike are the best.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = likeness[index]
    return chosen


def mmr_select__mean(query, vectors, k, relevance=0.5):
    """What is like all of them repeats them.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            repeats[index] = sum(
                cosine_similarity(vectors[index], vectors[one]) for one in chosen
            ) / len(chosen)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__last_only(query, vectors, k, relevance=0.5):
    """Only the last one counts.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = again
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__first_only(query, vectors, k, relevance=0.5):
    """The first one is the measure.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[chosen[0]])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__smallest(query, vectors, k, relevance=0.5):
    """What is unlike one of them is new.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = again if repeats[index] == -1.0 else min(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__sum(query, vectors, k, relevance=0.5):
    """Every repetition counts.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = again + (repeats[index] if repeats[index] != -1.0 else 0)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__turned_round(query, vectors, k, relevance=0.5):
    """relevance weighs what is new.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = (1 - relevance) * likeness[index] - relevance * repeats[index]
    return chosen


def mmr_select__added(query, vectors, k, relevance=0.5):
    """Likeness of both kinds is good.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] + (1 - relevance) * repeats[index]
    return chosen


def mmr_select__unweighted(query, vectors, k, relevance=0.5):
    """Both count alike.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = likeness[index] - repeats[index]
    return chosen


def mmr_select__first_by_the_formula(query, vectors, k, relevance=0.5):
    """The first round is like the others.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = {n: relevance * one for n, one in enumerate(likeness)}
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__first_is_zero(query, vectors, k, relevance=0.5):
    """The first vector is the nearest.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = {n: -float(n) for n in range(len(vectors))}
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__later_of_equal_ones(query, vectors, k, relevance=0.5):
    """The last one that is best.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = [index for index, value in worth.items() if value > best - SAME][-1]
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__rounded_values_differ(query, vectors, k, relevance=0.5):
    """max finds the best one.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = max(worth, key=lambda index: (worth[index], index))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__sorted_result(query, vectors, k, relevance=0.5):
    """Indexes are easier to read in order.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return sorted(chosen)


def mmr_select__vectors_themselves(query, vectors, k, relevance=0.5):
    """The vectors are wanted.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return [list(vectors[one]) for one in chosen]


def mmr_select__chosen_again(query, vectors, k, relevance=0.5):
    """The best may come again.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < min(k, len(vectors)):
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__equal_vectors_once(query, vectors, k, relevance=0.5):
    """A vector that was chosen need not come again.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        for index in [n for n in worth if list(vectors[n]) == list(vectors[last])]:
            del worth[index]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__stops_at_negative(query, vectors, k, relevance=0.5):
    """What has a negative value is not wanted.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        if chosen and best < 0:
            break
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__one_too_many(query, vectors, k, relevance=0.5):
    """k more after the first one.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k + 1:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__fails_with_fewer(query, vectors, k, relevance=0.5):
    """There are always k.

    Caught by: test_equal_ones
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__k_unchecked(query, vectors, k, relevance=0.5):
    """A k of 0 gives nothing.

    Caught by: test_what_is_refused
    """
    if not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__relevance_unchecked(query, vectors, k, relevance=0.5):
    """Any weight will do.

    Caught by: test_what_is_refused
    """
    if k < 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__relevance_cut_off(query, vectors, k, relevance=0.5):
    """A weight is cut off at 0 and 1.

    Caught by: test_what_is_refused
    """
    if k < 1:
        raise ValueError(k)
    relevance = max(0.0, min(1.0, relevance))
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__borders_excluded(query, vectors, k, relevance=0.5):
    """A weight is between 0 and 1.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 < relevance < 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__nan_accepted(query, vectors, k, relevance=0.5):
    """NaN is neither below 0 nor above 1.

    Caught by: test_what_is_refused
    """
    if k < 1 or relevance < 0 or relevance > 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__checked_if_needed(query, vectors, k, relevance=0.5):
    """Without vectors, nothing is checked.

    Caught by: test_what_is_refused
    """
    if not vectors:
        return []
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__dot_product(query, vectors, k, relevance=0.5):
    """The vectors have the length 1.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [sum(x * y for x, y in zip(query, vector)) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__repeats_from_zero(query, vectors, k, relevance=0.5):
    """What is unlike has no likeness.

    Caught by: test_zeros_and_opposites
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [0.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__negative_is_nothing(query, vectors, k, relevance=0.5):
    """A likeness below 0 is none.

    Caught by: test_zeros_and_opposites
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [max(0.0, cosine_similarity(query, vector)) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__wrong_default(query, vectors, k, relevance=0.8):
    """Relevance is what counts.

    Caught by: test_something_new
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    return chosen


def mmr_select__takes_away_from_the_list(query, vectors, k, relevance=0.5):
    """What is chosen is taken away.

    Caught by: test_the_nearest_first
    """
    if k < 1 or not 0 <= relevance <= 1:
        raise ValueError("k is at least 1, and relevance is from 0 to 1")
    likeness = [cosine_similarity(query, vector) for vector in vectors]
    repeats = [-1.0] * len(vectors)
    worth = dict(enumerate(likeness))
    chosen = []
    while worth and len(chosen) < k:
        best = max(worth.values())
        last = next((index for index, value in worth.items() if value > best - SAME))
        chosen.append(last)
        del worth[last]
        for index in worth:
            again = cosine_similarity(vectors[index], vectors[last])
            repeats[index] = max(repeats[index], again)
            worth[index] = relevance * likeness[index] - (1 - relevance) * repeats[index]
    for one in sorted(chosen, reverse=True):
        if isinstance(vectors, list):
            vectors.append(vectors.pop(one))
    return chosen


# search_where


def search_where__filters_afterwards(store, query, k, where):
    """Search first, then filter.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = [one for one in store.similarity_search(query, k) if fits(one)]
    return [document.model_copy(deep=True) for document in found]


def search_where__searches_for_more(store, query, k, where):
    """Four times as many are enough.

    Caught by: test_filter_before_the_cut
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = [one for one in store.similarity_search(query, 4 * k) if fits(one)][:k]
    return [document.model_copy(deep=True) for document in found]


def search_where__get(store, query, k, where):
    """A missing key is None.

    Caught by: test_none
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(is_wanted(metadata.get(key), where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__true_is_one(store, query, k, where):
    """Equal is equal.

    Caught by: test_true_and_one
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__same_type(store, query, k, where):
    """Equal values have the same type.

    Caught by: test_true_and_one
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and type(value) is type(wanted)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__in_for_options(store, query, k, where):
    """in asks for equality.

    Caught by: test_true_and_one
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return value in wanted if several else is_same(value, wanted)

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__text_contains(store, query, k, where):
    """A text fits if it is in the other.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset | str)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__part_of_a_text(store, query, k, where):
    """A part of the value is enough.

    Caught by: test_one_value_that_looks_like_several
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        if isinstance(value, str) and isinstance(wanted, str) and wanted:
            return wanted in value
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__only_lists(store, query, k, where):
    """Several values are a list.

    Caught by: test_several_values
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__value_in_a_list(store, query, k, where):
    """A list fits if the value is in it.

    Caught by: test_one_value_that_looks_like_several
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        if isinstance(value, list):
            return wanted in value
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__all_options(store, query, k, where):
    """Each of the values is wanted.

    Caught by: test_several_values
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return all(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__any_key(store, query, k, where):
    """One key that fits is enough.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return not where or any(
            key in metadata and is_wanted(metadata[key], where[key]) for key in where
        )

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__empty_options_fit(store, query, k, where):
    """No values means no condition.

    Caught by: test_several_values
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        if several and not wanted:
            return True
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__falsy_is_no_condition(store, query, k, where):
    """A condition without a value is none.

    Caught by: test_several_values
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(
            key in metadata and is_wanted(metadata[key], where[key]) for key in where if where[key]
        )

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__where_is_required(store, query, k, where):
    """Without conditions, nothing fits.

    Caught by: test_nothing_is_wanted
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return bool(where) and all(
            key in metadata and is_wanted(metadata[key], where[key]) for key in where
        )

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__no_copies(store, query, k, where):
    """What a search gives is mine.

    Caught by: test_copies
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return found


def search_where__shallow_copies(store, query, k, where):
    """A copy is a copy.

    Caught by: test_copies
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy() for document in found]


def search_where__shallow_metadata(store, query, k, where):
    """A new dict is a copy.

    Caught by: test_copies
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [
        Document(document.page_content, id=document.id, metadata=dict(document.metadata))
        for document in found
    ]


def search_where__without_ids(store, query, k, where):
    """A document is a text with metadata.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [
        Document(document.page_content, metadata=json.loads(json.dumps(document.metadata)))
        for document in found
    ]


def search_where__only_texts(store, query, k, where):
    """The texts are wanted.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.page_content for document in found]


def search_where__k_unchecked(store, query, k, where):
    """The store checks k.

    Caught by: test_k_is_too_small
    """

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__k_of_zero(store, query, k, where):
    """Nothing is wanted, so nothing comes.

    Caught by: test_k_is_too_small
    """
    if k < 1:
        return []

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__counts_first(store, query, k, where):
    """First it looks how many fit.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    if not store.similarity_search(query, 1, filter=fits):
        return []
    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__embeds_again(store, query, k, where):
    """The texts are compared anew.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    known = [
        Document(one["text"], id=one["id"], metadata=one["metadata"])
        for one in store.store.values()
    ]
    known = [one for one in known if fits(one)]
    vectors = store.embedding.embed_documents([one.page_content for one in known])
    wanted = store.embedding.embed_query(query)
    order = sorted(range(len(known)), key=lambda n: -cosine_similarity(wanted, vectors[n]))
    found = [known[n] for n in order[:k]]
    return [document.model_copy(deep=True) for document in found]


def search_where__in_the_order_of_the_store(store, query, k, where):
    """Those that fit come.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    known = [
        Document(one["text"], id=one["id"], metadata=one["metadata"])
        for one in store.store.values()
    ]
    found = [one for one in known if fits(one)][:k]
    return [document.model_copy(deep=True) for document in found]


def search_where__all_that_fit(store, query, k, where):
    """All that fit come.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, max(k, len(store.store)), filter=fits)
    return [document.model_copy(deep=True) for document in found]


def search_where__pops_the_conditions(store, query, k, where):
    """A condition that was looked at is done.

    Caught by: test_each_key_has_to_fit
    """
    if k < 1:
        raise ValueError(f"at least one document has to be wanted, not {k}")

    def is_same(value, wanted):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)

    def is_wanted(value, wanted):
        several = isinstance(wanted, list | tuple | set | frozenset)
        return any(is_same(value, one) for one in (wanted if several else [wanted]))

    conditions = list(where.items())
    if isinstance(where, dict):
        where.clear()
    where = dict(conditions)
    done = where

    def fits(document):
        metadata = document.metadata
        return all(key in metadata and is_wanted(metadata[key], where[key]) for key in where)

    found = store.similarity_search(query, k, filter=fits)
    return [document.model_copy(deep=True) for document in found]


# SqliteVectorStore


class SqliteVectorStore__one_thread(VectorStoreFromTexts):
    """A connection can be used everywhere.

    Caught by: test_from_another_thread
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__never_commits(VectorStoreFromTexts):
    """What is executed is written.

    Caught by: test_found_again
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__commits_when_closed(VectorStoreFromTexts):
    """It is enough to commit at the end.

    Caught by: test_found_while_the_other_is_open
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.commit()
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__commits_each_row(VectorStoreFromTexts):
    """Each document is written for itself.

    Caught by: test_a_document_that_cannot_be_stored
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        if len(vectors) != len(documents):
            raise ValueError("vectors are missing")
        self._check_dimensions(vectors)
        for name, one, vector in zip(named, documents, vectors):
            with self._connection:
                self._connection.execute(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                    (name, one.page_content, json.dumps(one.metadata), pack(vector)),
                )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__leaves_the_transaction_open(VectorStoreFromTexts):
    """What fails is not committed.

    Caught by: test_a_document_that_cannot_be_stored
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        if len(vectors) != len(documents):
            raise ValueError("vectors are missing")
        self._check_dimensions(vectors)
        for name, one, vector in zip(named, documents, vectors):
            self._connection.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                (name, one.page_content, json.dumps(one.metadata), pack(vector)),
            )
        self._connection.commit()
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__embeds_each(VectorStoreFromTexts):
    """One document after the other.

    Caught by: test_what_is_embedded
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = [self._embedding.embed_documents([one.page_content])[0] for one in documents]
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__ignores_known_ids(VectorStoreFromTexts):
    """What is there stays.

    Caught by: test_an_id_that_is_there
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR IGNORE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__fails_for_known_ids(VectorStoreFromTexts):
    """An id is added once.

    Caught by: test_an_id_that_is_there
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?)", rows)
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__ids_are_no_key(VectorStoreFromTexts):
    """Each document is a row.

    Caught by: test_an_id_that_is_there
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?)", rows)
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__filters_afterwards(VectorStoreFromTexts):
    """Search first, then filter.

    Caught by: test_filter_before_the_cut
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best if filter is None or filter(document)]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__model_unchecked(VectorStoreFromTexts):
    """A file belongs to one program.

    Caught by: test_another_model
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__model_begins_alike(VectorStoreFromTexts):
    """Versions of a model can be mixed.

    Caught by: test_another_model
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known and not (known[0].startswith(model) or model.startswith(known[0])):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__model_when_added(VectorStoreFromTexts):
    """A store without documents has no model.

    Caught by: test_the_model_of_the_first_object
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            self._model = model if known is None else None
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            if self._model is not None:
                self._connection.execute("INSERT INTO about VALUES (?)", [self._model])
                self._model = None
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__model_is_another_error(VectorStoreFromTexts):
    """A wrong model is a wrong value.

    Caught by: test_another_model
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ValueError("another model")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__dimensions_unchecked(VectorStoreFromTexts):
    """The model says how many there are.

    Caught by: test_other_dimensions
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        return


class SqliteVectorStore__dimensions_of_the_first(VectorStoreFromTexts):
    """All vectors of a call are alike.

    Caught by: test_other_dimensions
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors[:1]}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__dimensions_after_writing(VectorStoreFromTexts):
    """The check is made at the end.

    Caught by: test_other_dimensions
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        self._check_dimensions(vectors)
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__dimensions_of_the_query(VectorStoreFromTexts):
    """Only documents are checked.

    Caught by: test_filter_before_the_cut
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        scored = [
            (-sum(x * y for x, y in zip(wanted, vector)), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__zip_is_enough(VectorStoreFromTexts):
    """A model gives a vector for each text.

    Caught by: test_a_wrong_number_of_vectors
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__unknown_metadata_as_text(VectorStoreFromTexts):
    """What is no JSON becomes a text.

    Caught by: test_a_document_that_cannot_be_stored
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata, default=str), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__metadata_in_the_store(VectorStoreFromTexts):
    """Metadata is kept as it is.

    Caught by: test_results_belong_to_the_caller
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._metadata = {}
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        self._metadata.update(zip(named, (one.metadata for one in documents)))
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (
                Document(text, id=name, metadata=self._metadata.get(name, json.loads(metadata))),
                unpack(vector),
            )
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__ids_of_documents_first(VectorStoreFromTexts):
    """A document knows its id.

    Caught by: test_ids
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = [
            document.id or (ids[n] if ids else uuid.uuid4().hex)
            for n, document in enumerate(documents)
        ]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__counted_ids(VectorStoreFromTexts):
    """Ids are counted.

    Caught by: test_ids
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or str(n) for n, document in enumerate(documents)]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__text_as_id(VectorStoreFromTexts):
    """Equal texts have equal ids.

    Caught by: test_ids
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [
            document.id or hashlib.sha256(document.page_content.encode()).hexdigest()
            for document in documents
        ]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__fewer_ids(VectorStoreFromTexts):
    """The rest get new ids.

    Caught by: test_a_wrong_number_of_ids
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if not documents:
            return []
        named = [*(ids or [])][: len(documents)]
        named += [document.id or uuid.uuid4().hex for document in documents[len(named) :]]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__asks_for_nothing(VectorStoreFromTexts):
    """The embeddings know what to do without texts.

    Caught by: test_what_is_embedded
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        named = (
            ids if ids is not None else [document.id or uuid.uuid4().hex for document in documents]
        )
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__marks_documents(VectorStoreFromTexts):
    """A document that was added knows its id.

    Caught by: test_found_again
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        for name, one in zip(named, documents):
            one.id = name
            one.metadata["stored"] = True
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__ties_as_they_come(VectorStoreFromTexts):
    """Equal ones come as they were added.

    Caught by: test_equal_scores
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__k_unchecked(VectorStoreFromTexts):
    """A k of 0 gives nothing.

    Caught by: test_k_is_too_small
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__query_as_document(VectorStoreFromTexts):
    """A question is embedded like a text.

    Caught by: test_what_is_embedded
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_documents([query])[0]
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__deletes_all(VectorStoreFromTexts):
    """Without ids, all is deleted.

    Caught by: test_delete
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        if ids is None:
            with self._lock, self._connection:
                self._connection.execute("DELETE FROM documents")
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__deletes_alike(VectorStoreFromTexts):
    """LIKE finds an id.

    Caught by: test_delete
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id LIKE ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__delete_is_not_committed(VectorStoreFromTexts):
    """A deletion is written when something is added.

    Caught by: test_found_again
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__in_memory(VectorStoreFromTexts):
    """The file is read at the beginning.

    Caught by: test_found_while_the_other_is_open
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._kept = None
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.close()

    def _entries(self, which="", *values):
        with self._lock:
            if self._kept is None:
                self._kept = self._connection.execute("SELECT * FROM documents").fetchall()
            rows = [row for row in self._kept if not values or row[0] in values]
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")


class SqliteVectorStore__class_attribute(VectorStoreFromTexts):
    """One connection serves all.

    Caught by: test_found_again
    """

    def __init__(self, path, embedding, model):
        self._embedding = embedding
        self._lock = threading.Lock()
        cls = type(self)
        if not hasattr(cls, "shared"):
            cls.shared = sqlite3.connect(path, check_same_thread=False)
        self._connection = cls.shared
        with self._lock, self._connection:
            self._connection.execute("CREATE TABLE IF NOT EXISTS about (model TEXT)")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS documents "
                "(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector BLOB)"
            )
            known = self._connection.execute("SELECT model FROM about").fetchone()
            if known is None:
                self._connection.execute("INSERT INTO about VALUES (?)", [model])
        if known not in (None, (model,)):
            self._connection.close()
            raise ModelMismatch(f"the vectors in this file are of the model {known[0]}")

    def add_documents(self, documents, ids=None, **kwargs):
        if ids is not None and len(ids) != len(documents):
            raise ValueError(f"{len(ids)} ids for {len(documents)} documents")
        if not documents:
            return []
        named = ids or [document.id or uuid.uuid4().hex for document in documents]
        vectors = self._embedding.embed_documents([one.page_content for one in documents])
        rows = [
            (name, one.page_content, json.dumps(one.metadata), pack(vector))
            for name, one, vector in zip(named, documents, vectors, strict=True)
        ]
        with self._lock, self._connection:
            self._check_dimensions(vectors)
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", rows
            )
        return list(named)

    def get_by_ids(self, ids, /):
        known = [self._entries("WHERE id = ?", name) for name in dict.fromkeys(ids)]
        return [document for entries in known for document, _ in entries]

    def delete(self, ids=None, **kwargs):
        with self._lock, self._connection:
            self._connection.executemany(
                "DELETE FROM documents WHERE id = ?", [(one,) for one in ids or ()]
            )
        return True

    def similarity_search(self, query, k=4, filter=None, **kwargs):
        if k < 1:
            raise ValueError(f"at least one document has to be wanted, not {k}")
        wanted = self._embedding.embed_query(query)
        with self._lock:
            self._check_dimensions([wanted])
        scored = [
            (-cosine_similarity(wanted, vector), document.id or "", document)
            for document, vector in self._entries()
            if filter is None or filter(document)
        ]
        best = heapq.nsmallest(k, scored, key=lambda entry: entry[:2])
        return [document for _, _, document in best]

    def close(self):
        self._connection.commit()

    def _entries(self, which="", *values):
        with self._lock:
            rows = self._connection.execute(f"SELECT * FROM documents {which}", values).fetchall()
        return [
            (Document(text, id=name, metadata=json.loads(metadata)), unpack(vector))
            for name, text, metadata, vector in rows
        ]

    def _check_dimensions(self, vectors):
        known = self._connection.execute("SELECT length(vector) FROM documents LIMIT 1").fetchone()
        sizes = {len(pack(vector)) for vector in vectors}
        if len(sizes | {*(known or ())}) > 1:
            raise ModelMismatch("the vectors have other dimensions than those in this file")
