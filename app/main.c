#include "app/application.h"

int main(int argc, char **argv) {
  return ink_application_run(argc, argv);
}
