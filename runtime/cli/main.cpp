#include "cli/run.hpp"

int main(int count, char** arguments) { return stile::cli::run(count, arguments); }
