/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c - map an image, check its frame once and its blocks as they are first used.
 *
 * Nothing in the file is believed: the frame is checked at open, every offset again where it is used. The hash check is
 * what makes an answer trusted; the bounds checks alone must keep a hostile image from doing harm.
 */
#include "store/catalogue/image.h"
#include "store/base/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALL_CHECKED UINT64_C(0x5555555555555555) /* each block's first bit */

/* ---- blocks ---- */

static int lost_block(uint64_t block, tg_error *err)
{
	return tg_fail(err, TG_EIO, "image block %" PRIu64 ": cannot be read (the disk failed, or the file was cut short)", block);
}

int tgc_image_hash_block(const tgc_image *image, uint64_t block, tg_error *err)
{
	_Atomic uint64_t *states = &image->states[block / TGC_BLOCKS_PER_WORD];
	uint64_t at = block * TG_BLOCK_SIZE, checked = tgc_block_bit(block, TGC_BLOCK_CHECKED),
		 bad = tgc_block_bit(block, TGC_BLOCK_BAD);
	uint64_t left = image->len - at;
	uint8_t hash[TG_SHA256_SIZE];

	if ((atomic_load_explicit(states, memory_order_acquire) & bad) != 0)
		return lost_block(block, err);
	tg_sha256(hash, image->base + at, left < TG_BLOCK_SIZE ? left : TG_BLOCK_SIZE);
	if ((atomic_load_explicit(states, memory_order_acquire) & bad) != 0) /* lost while it was hashed */
		return lost_block(block, err);
	if (memcmp(hash, image->hashes + block * TG_SHA256_SIZE, sizeof(hash)) != 0) {
		atomic_fetch_and_explicit(states, ~checked, memory_order_release);
		return tg_fail(
			err, TG_EHASH, "image block %" PRIu64 ": bytes differ from the signed hash", block);
	}
	/* Two threads may both have hashed it; both set the same bit. */
	atomic_fetch_or_explicit(states, checked, memory_order_release);
	return TG_OK;
}

int tgc_image_check_blocks(const tgc_image *image, uint64_t first, uint64_t last, tg_error *err)
{
	int rc = TG_OK;

	for (uint64_t block = first; rc == TG_OK && block <= last; block++) {
		if (!tgc_image_is_checked(image, block))
			rc = tgc_image_hash_block(image, block, err);
	}
	return rc;
}

static int init_blocks(tgc_image *image, const tg_catalogue_trust *trust, tg_error *err)
{
	uint64_t blocks = tg_blocks_count(image->len), words = blocks / TGC_BLOCKS_PER_WORD + 1;
	int rc;

	image->states = malloc(words * sizeof(*image->states));
	if (image->states == NULL)
		return tg_fail(err, TG_ENOMEM, "image: bits for %" PRIu64 " blocks", blocks);
	for (uint64_t i = 0; i < words; i++)
		atomic_init(&image->states[i], trust == NULL ? ALL_CHECKED : 0);
	rc = tgc_guard_take(&image->guard, image->base, image->len, image->states, err);
	if (rc != TG_OK || trust == NULL)
		return rc;
	if (trust->blocks.len != blocks * TG_SHA256_SIZE)
		return tg_fail(err, TG_EHASH, "image: %zu bytes of block hashes for %" PRIu64 " blocks",
			trust->blocks.len, blocks);
	image->hashes = trust->blocks.data;
	return tgc_image_check_blocks(image, 0, 0, err); /* header and table lie in block 0 */
}

/* ---- the frame ---- */

int tgc_image_outside(const tgc_image *image, int section, uint64_t at, uint64_t len, tg_error *err)
{
	return tg_fail(err, TG_EFORMAT,
		"image section %d: %" PRIu64 " at %" PRIu64 " lies outside its %" PRIu64 " bytes, %" PRIu32
		" records",
		section, len, at, image->sections[section].len, image->sections[section].count);
}

static int check_header(tgc_image *image, uint32_t *entries, tg_error *err)
{
	const uint8_t *head = image->base;

	if (memcmp(head, TGC_MAGIC, TGC_MAGIC_BYTES) != 0)
		return tg_fail(err, TG_EFORMAT, "image: not a catalogue image");
	image->major = tg_get_le16(head + 8);
	image->minor = tg_get_le16(head + 10);
	*entries = tg_get_le32(head + 12);
	image->version = tg_get_le64(head + 16);
	if (image->major != TGC_MAJOR)
		return tg_fail(err, TG_EFORMAT, "image: format %u.%u, this reader knows %u", image->major,
			image->minor, TGC_MAJOR);
	if (tg_get_le64(head + 24) != image->len)
		return tg_fail(err, TG_ELENGTH, "image: %" PRIu64 " bytes long, its header says %" PRIu64,
			image->len, tg_get_le64(head + 24));
	if (*entries > TGC_ENTRIES_MAX ||
		image->len < TGC_HEADER_BYTES + (uint64_t)*entries * TGC_ENTRY_BYTES)
		return tg_fail(err, TG_EFORMAT, "image: no room for %" PRIu32 " sections", *entries);
	return TG_OK;
}

/* One entry. `*end` is where the section before it (or the table) ended: sections rise and never overlap. */
static int read_entry(tgc_image *image, const uint8_t *entry, uint64_t *end, tg_error *err)
{
	uint32_t id = tg_get_le32(entry);
	bool required = (tg_get_le16(entry + 4) & TGC_REQUIRED) != 0;
	uint16_t version = tg_get_le16(entry + 6);
	uint64_t at = tg_get_le64(entry + 8), len = tg_get_le64(entry + 16);

	if (at % TGC_ALIGN != 0 || at < *end || at > image->len || len > image->len - at)
		return tg_fail(err, TG_EFORMAT,
			"image section %" PRIu32 ": %" PRIu64 " bytes at %" PRIu64 " cannot be", id, len, at);
	*end = at + len;
	if (id == 0 || id >= TGC_SECTIONS) {
		if (required)
			return tg_fail(err, TG_EFORMAT,
				"image section %" PRIu32 ": required, and not known to this reader", id);
		return TG_OK;
	}
	if (version != 1)
		return tg_fail(err, TG_EFORMAT, "image section %" PRIu32 ": version %u, this reader knows 1",
			id, version);
	if (image->sections[id].data != NULL)
		return tg_fail(err, TG_EFORMAT, "image section %" PRIu32 ": stands twice", id);
	image->sections[id] =
		(tgc_section){ image->base + at, len, tg_get_le32(entry + 24), tg_get_le32(entry + 28) };
	return TG_OK;
}

/* Does the section have the length that its records need, and the count of the section it goes with? */
static int check_shape(const tgc_image *image, int id, tg_error *err)
{
	const tgc_kind *kind = &tgc_kinds[id];
	const tgc_section *s = &image->sections[id];
	uint64_t want = 0;

	if (s->data == NULL)
		return tg_fail(err, TG_EFORMAT, "image section %d: missing", id);
	if (kind->what == TGC_DIRECTORY && (s->param < TGC_BITS_MIN || s->param > kind->param))
		return tg_fail(err, TG_EFORMAT, "image section %d: 2^%" PRIu32 " buckets", id, s->param);
	if (kind->what == TGC_RUNS && s->param != kind->param)
		return tg_fail(
			err, TG_EFORMAT, "image section %d: lengths of %" PRIu32 " bytes", id, s->param);
	switch (kind->what) {
	case TGC_ARRAY:
	case TGC_BYTES:
		want = (uint64_t)s->count * kind->size;
		break;
	case TGC_DIRECTORY:
		want = tgc_directory_bytes(s->param);
		break;
	case TGC_RUNS:
		want = tgc_runs_bytes(s->count, s->param);
		break;
	default:
		break;
	}
	if (s->len != want)
		return tg_fail(err, TG_EFORMAT,
			"image section %d: %" PRIu64 " bytes, %" PRIu32 " records need %" PRIu64, id, s->len,
			s->count, want);
	if (kind->like != 0 && s->count != image->sections[kind->like].count)
		return tg_fail(err, TG_EFORMAT, "image section %d: %" PRIu32 " records beside %" PRIu32, id,
			s->count, image->sections[kind->like].count);
	return TG_OK;
}

static int check_frame(tgc_image *image, tg_error *err)
{
	uint32_t entries = 0;
	uint64_t end;
	int rc = check_header(image, &entries, err);

	end = TGC_HEADER_BYTES + (uint64_t)entries * TGC_ENTRY_BYTES;
	for (uint32_t i = 0; rc == TG_OK && i < entries; i++)
		rc = read_entry(image, image->base + TGC_HEADER_BYTES + i * TGC_ENTRY_BYTES, &end, err);
	for (int id = 1; rc == TG_OK && id < TGC_SECTIONS; id++)
		rc = check_shape(image, id, err);
	return rc;
}

static int map_file(tgc_image *image, const char *path, const tg_catalogue_trust *trust, tg_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *base;
	int rc;

	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "image");
	if (fstat(fd, &st) != 0) {
		rc = tg_fail_errno(err, TG_EIO, "image");
	} else if (!S_ISREG(st.st_mode)) {
		rc = tg_fail(err, TG_EIO, "image: not a regular file");
	} else if (trust != NULL && (uint64_t)st.st_size != trust->length) {
		rc = tg_fail(err, TG_ELENGTH, "image: %lld bytes long, signed are %" PRIu64,
			(long long)st.st_size, trust->length);
	} else if (st.st_size < TGC_HEADER_BYTES || (uint64_t)st.st_size > TG_IMAGE_MAX_BYTES) {
		rc = tg_fail(err, TG_ELENGTH, "image: no image is %lld bytes long", (long long)st.st_size);
	} else {
		base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		rc = base != MAP_FAILED ? TG_OK : tg_fail_errno(err, TG_EIO, "image: mmap");
		if (rc == TG_OK) {
			image->base = base;
			image->len = (uint64_t)st.st_size;
		}
	}
	close(fd);
	return rc;
}

int tgc_image_open(tgc_image *image, const char *path, const tg_catalogue_trust *trust, tg_error *err)
{
	int rc = map_file(image, path, trust, err);

	if (rc == TG_OK)
		rc = init_blocks(image, trust, err);
	if (rc == TG_OK)
		rc = check_frame(image, err);
	if (image->guard != NULL && atomic_load(&image->guard->faults) != 0) /* the frame was read over zeros */
		rc = lost_block(atomic_load(&image->guard->last_block), err);
	if (rc != TG_OK)
		tgc_image_close(image);
	return rc;
}

void tgc_image_close(tgc_image *image)
{
	tgc_guard_drop(image->guard);
	if (image->base != NULL)
		(void)munmap((void *)(uintptr_t)image->base, image->len);
	free(image->states);
	*image = (tgc_image){ 0 };
}

/* ---- references and runs ---- */

int tgc_image_resolve(uint32_t *index, const tgc_image *image, int directory, uint32_t ref,
	uint32_t slot_bits, tg_error *err)
{
	uint32_t bucket = ref >> slot_bits, slot = ref & ((UINT32_C(1) << slot_bits) - 1), start = 0,
		 count = 0;
	int rc;

	if (bucket >> image->sections[directory].param != 0)
		return tgc_image_outside(image, directory, bucket, 1, err);
	rc = tgc_image_bucket(&start, &count, image, directory, bucket, err);
	if (rc != TG_OK)
		return rc;
	if (slot >= count)
		return tgc_image_outside(image, directory, (uint64_t)start + slot, 1, err);
	*index = start + slot;
	return TG_OK;
}

static uint32_t length_at(const uint8_t *lens, uint32_t i, uint32_t width)
{
	if (width == 1)
		return lens[i];
	return width == 2 ? tg_get_le16(lens + (size_t)i * 2) : tg_get_le32(lens + (size_t)i * 4);
}

static uint64_t sum_lengths(const uint8_t *lens, uint32_t n, uint32_t width)
{
	uint64_t sum = 0;

	if (width == 1)
		return tgc_sum8(lens, n);
	for (uint32_t i = 0; i < n; i++)
		sum += length_at(lens, i, width);
	return sum;
}

int tgc_image_run(
	uint32_t *start, uint32_t *len, const tgc_image *image, int runs, uint32_t index, tg_error *err)
{
	const tgc_section *s = &image->sections[runs];
	uint32_t group = index / TGC_RUN_GROUP, in_group = index % TGC_RUN_GROUP, width = s->param;
	const uint8_t *lens = NULL, *base = NULL;
	uint64_t first;
	int rc;

	if (index >= s->count)
		return tgc_image_outside(image, runs, index, 1, err);
	rc = tgc_image_get(&lens, image, runs, (uint64_t)group * TGC_RUN_GROUP * width,
		tgc_round_up(((uint64_t)in_group + 1) * width, 8), err);
	if (rc == TG_OK)
		rc = tgc_image_get(
			&base, image, runs, tgc_runs_bases(s->count, width) + (uint64_t)group * 4, 4, err);
	if (rc != TG_OK)
		return rc;
	first = tg_get_le32(base) + sum_lengths(lens, in_group, width);
	*len = length_at(lens, in_group, width);
	if (first + *len > image->sections[runs + 1].count)
		return tgc_image_outside(image, runs + 1, first, *len, err);
	*start = (uint32_t)first;
	return TG_OK;
}

int tgc_image_text(tg_view *out, const tgc_image *image, int runs, uint32_t index, tg_error *err)
{
	uint32_t start = 0, len = 0;
	const uint8_t *data = NULL;
	int rc = tgc_image_run(&start, &len, image, runs, index, err);

	if (rc == TG_OK)
		rc = tgc_image_get(&data, image, runs + 1, start, len, err);
	if (rc == TG_OK)
		*out = tg_view_of(data, len);
	return rc;
}
