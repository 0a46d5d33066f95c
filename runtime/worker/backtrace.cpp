#include "worker/backtrace.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace stile::worker {
namespace {

// Where this program lies.
struct Program {
  std::uintptr_t base = 0;  // what is added to the addresses in its file
  std::uintptr_t end = 0;
};
Program program;

int note_program(dl_phdr_info* info, std::size_t, void*) {
  program.base = info->dlpi_addr;
  for (ElfW(Half) index = 0; index < info->dlpi_phnum; ++index) {
    const auto& part = info->dlpi_phdr[index];
    if (part.p_type == PT_LOAD)
      program.end = std::max<std::uintptr_t>(program.end, program.base + part.p_vaddr + part.p_memsz);
  }
  return 1;  // the first one is the program itself
}

// The program's file, mapped when it is first asked for, and for good.
std::span<const char> program_file() noexcept {
  static std::atomic<const char*> bytes{nullptr};
  static std::atomic<std::size_t> size{0};
  if (const char* found = bytes.load()) return {found, size.load()};
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file == -1) return {};
  void* room = MAP_FAILED;
  if (::fstat(file, &status) == 0 && status.st_size > 0)
    room = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  ::close(file);
  if (room == MAP_FAILED) return {};
  size = static_cast<std::size_t>(status.st_size);
  bytes = static_cast<const char*>(room);
  return {static_cast<const char*>(room), size.load()};
}

template <class Entry>
std::span<const Entry> entries_of(std::span<const char> file, std::uint64_t offset, std::uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return {};
  return {reinterpret_cast<const Entry*>(file.data() + offset),
          static_cast<std::size_t>(size / sizeof(Entry))};
}

struct Place {
  const char* name = nullptr;
  std::uintptr_t begin = 0;
};

Place find_in(std::span<const char> file, const ElfW(Shdr) & table, const ElfW(Shdr) & names,
              std::uintptr_t place) {
  const auto text = entries_of<char>(file, names.sh_offset, names.sh_size);
  if (text.empty() || text.back() != '\0') return {};
  for (const auto& symbol : entries_of<ElfW(Sym)>(file, table.sh_offset, table.sh_size)) {
    const bool is_here = place >= symbol.st_value && place - symbol.st_value < symbol.st_size;
    if ((symbol.st_info & 15U) == STT_FUNC && is_here && symbol.st_name < text.size())
      return {text.data() + symbol.st_name, program.base + symbol.st_value};
  }
  return {};
}

Place find_in_program(std::uintptr_t address) noexcept {
  const auto file = program_file();
  if (file.size() < sizeof(ElfW(Ehdr))) return {};
  const auto& header = *reinterpret_cast<const ElfW(Ehdr)*>(file.data());
  const auto sections =
      entries_of<ElfW(Shdr)>(file, header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(ElfW(Shdr)));
  for (const auto& section : sections) {
    if (section.sh_type == SHT_SYMTAB && section.sh_link < sections.size())
      return find_in(file, section, sections[section.sh_link], address - program.base);
  }
  return {};
}

// Text into what room there is.
class FixedText {
 public:
  explicit FixedText(std::span<char> room) : room_(room) {}
  FixedText& operator<<(std::string_view text) {
    text = text.substr(0, room_.size() - size_);
    std::copy(text.begin(), text.end(), room_.data() + size_);
    size_ += text.size();
    return *this;
  }
  FixedText& operator<<(std::uintptr_t number) {
    *this << "0x";
    int shift = 60;
    while (shift > 0 && (number >> shift) == 0) shift -= 4;
    for (; shift >= 0; shift -= 4)
      *this << std::string_view("0123456789abcdef").substr((number >> shift) & 15U, 1);
    return *this;
  }
  std::string_view text() const { return {room_.data(), size_}; }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
};

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

struct Interrupted {
  std::uintptr_t at = 0;
  std::uintptr_t caller = 0;  // where `at` is no code: who called it
};

Interrupted interrupted_at(void* context) noexcept {
  const auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  const auto at = static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
  const auto stack = static_cast<std::uintptr_t>(machine.gregs[REG_RSP]);
  return {at, at == 0 && stack != 0 ? *reinterpret_cast<const std::uintptr_t*>(stack) : 0};
#elif defined(__aarch64__)
  return {machine.pc, machine.pc == 0 ? machine.regs[30] : 0};
#else
  static_cast<void>(machine);
  return {};
#endif
}

}  // namespace

void prepare_backtraces() {
  std::array<void*, 2> room{};
  ::backtrace(room.data(), 2);  // the first time it loads a library
  ::dl_iterate_phdr(note_program, nullptr);
}

std::span<void*> interrupted_frames(void* context, std::span<void*> room) noexcept {
  const auto count = ::backtrace(room.data(), static_cast<int>(room.size()));
  auto frames = room.first(static_cast<std::size_t>(std::max(count, 0)));
  const auto [at, caller] = interrupted_at(context);
  const auto first = std::find(frames.begin(), frames.end(), reinterpret_cast<void*>(at));
  if (first != frames.end() && at != 0)
    return frames.subspan(static_cast<std::size_t>(first - frames.begin()));
  if (room.size() < 2 || caller == 0) return frames;
  room[0] = reinterpret_cast<void*>(at);
  room[1] = reinterpret_cast<void*>(caller);
  return room.first(2);
}

std::string_view describe_frame(void* frame, bool innermost, std::span<char> room) noexcept {
  FixedText text(room);
  const auto address = reinterpret_cast<std::uintptr_t>(frame);
  // A call that never returns may be the last thing in its function: what it would return to is another one.
  const auto within = address - (innermost || address == 0 ? 0 : 1);
  if (within >= program.base && within < program.end) {
    if (const auto place = find_in_program(within); place.name != nullptr)
      return (text << place.name << "+" << address - place.begin).text();
  }
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(within), &info) == 0 || info.dli_fname == nullptr)
    return (text << address).text();
  const auto begin =
      reinterpret_cast<std::uintptr_t>(info.dli_sname != nullptr ? info.dli_saddr : info.dli_fbase);
  text << (info.dli_sname != nullptr ? info.dli_sname : "") << "+" << address - begin;
  return (text << " (" << last_part(info.dli_fname) << ")").text();
}

}  // namespace stile::worker
