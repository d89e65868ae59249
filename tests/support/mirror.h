/* mirror: a server on this machine that has a small data set, and can fail in every way that
 * servers do. It answers as the main loop turns. Every failure of its own ends the test. */
#pragma once

#include "engine/catalogue.h"

#include <libsoup/soup.h>

typedef struct {
  SoupServer *server;
  char *address, *source; /* a folder with the raw files: 300 and 100 images of three classes */
  GPtrArray *catalogue;
  guint requests; /* so far */
} TestMirror;

TestMirror *test_mirror_new(void);
void test_mirror_free(TestMirror *self);

/* A catalogue's entry for its data set, with one mirror a mode (NULL-terminated), of the mirror's
 * life; once. What the modes do with a request:
 *   "good"     sends the gzipped file        "encoded"  also calls it gzip-encoded
 *   "missing"  says that it is not there     "late"     says so to the first request alone
 *   "page"     sends a web page              "wrong"    sends another file
 *   "cut"      sends half of it              "stalled"  sends half, and the rest never comes */
const InkCatalogueEntry *test_mirror_entry(TestMirror *self, const char *name,
                                           const char *const *modes);
