/* data-page: gets a data set of the catalogue that is not on this computer, or leads to a folder
 * (win.choose-data-folder).
 *
 * Signals: "fetched" ()  – the data set is whole on this computer
 *          "closed" ()   – the download was cancelled
 * Main thread. */
#pragma once

#include "engine/catalogue.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define INK_TYPE_DATA_PAGE (ink_data_page_get_type())
G_DECLARE_FINAL_TYPE(InkDataPage, ink_data_page, INK, DATA_PAGE, AdwBin)

/* Offers this entry, which must outlive the page; ends the download of another. */
void ink_data_page_set_entry(InkDataPage *self, const InkCatalogueEntry *entry);
const InkCatalogueEntry *ink_data_page_get_entry(InkDataPage *self); /* nullable */

/* As if Download was clicked; does nothing while a download is under way. */
void ink_data_page_download(InkDataPage *self);

/* A sentence under the description; NULL: none. */
void ink_data_page_set_trouble(InkDataPage *self, const char *sentence);

G_END_DECLS
