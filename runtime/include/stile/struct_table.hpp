// A described struct as a table of its members, without its type: what reads, checks, writes and documents one is compiled
// once, in the library, and a function's own file has little more than the table. described.hpp makes it. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stile/place.hpp>
#include <stile/rules.hpp>
#include <stile/schema.hpp>

namespace stile::detail {

/// One member. `object` is the struct that has it.
struct Member {
  enum class Presence : std::uint8_t { required, defaulted, optional };
  struct Functions {
    bool (*read)(const Json& value, const Place& place, void* object);  ///< nullptr of what is only sent
    void (*write)(std::string& out, const void* object);
    bool (*is_absent)(const void* object);  ///< nullptr where it never is
    bool (*is_empty)(const void* object);   ///< of what may be null: where it must not, it is absent then
    Schema (*schema)(Schemas& schemas, RulesInUse& rules);
  };

  std::string name;  ///< in JSON
  std::string key;   ///< "\"name\":", as it is written
  std::string own_name;
  std::span<const Rule> rules;  ///< of static storage
  Presence presence = Presence::required;
  Functions functions{};
  std::ptrdiff_t shift = 0;  ///< from the struct to the base that has it
};

struct Struct {
  struct Check {
    bool (*holds)(const void* predicate, const void* object) = nullptr;
    const void* predicate = nullptr;  ///< of static storage
    std::string message;
    std::string member;        ///< at which it is told, by its own name; empty for the whole
    std::size_t index = npos;  ///< of that one; npos for the whole, and where there is none of that name
    std::ptrdiff_t shift = 0;  ///< as a member's
    static constexpr std::size_t npos = ~std::size_t{0};

    bool holds_for(const void* object) const {
      return holds(predicate, static_cast<const char*>(object) + shift);
    }
  };
  using UseDefault = std::function<void(void* object)>;

  Struct();
  ~Struct();
  Struct(Struct&&) noexcept;
  Struct(const Struct&) = delete;

  std::string name;
  std::string about;
  std::string tag_name;  ///< empty where it has none
  std::string tag;
  bool is_closed = false;
  std::vector<Member> members;
  std::vector<Check> checks;
  void (*with_default)(const UseDefault& use) = nullptr;
};

/// Closed, Tag, Where: what of all of a struct STILE_DESCRIBE takes.
struct Closed {};
struct Tag {
  std::string_view name;
  std::string_view value;
};
template <class Predicate>
struct Where {
  Predicate holds;
  std::string_view message;
  std::string_view member;
};

/// Takes what is listed, in its order.
class StructBuilder {
 public:
  void add_member(std::string_view own_name, Member::Presence presence, const Member::Functions& functions,
                  std::span<const Rule> rules);
  void add_base(const Struct& base, std::ptrdiff_t shift);
  void add_check(bool (*holds)(const void* predicate, const void* object), const void* predicate,
                 std::string_view message, std::string_view member);
  void add(Closed closed);
  void add(Tag tag);
  void add(const Rule& rule);

 private:
  friend Struct make_struct(std::string_view function, void (*with_default)(const Struct::UseDefault& use),
                            void (*describe)(StructBuilder& builder));
  Struct struct_;
};

/// `function` is a compiler's own spelling of a function template of the struct, by which it is called where it has no name.
Struct make_struct(std::string_view function, void (*with_default)(const Struct::UseDefault& use),
                   void (*describe)(StructBuilder& builder));

bool read_struct(const Json& value, const Place& place, void* object, const Struct& type);
void write_struct(std::string& out, const void* object, const Struct& type);
Schema struct_schema(Schemas& schemas, const Struct& type);
/// Throws std::invalid_argument where a member is one that is only sent.
void check_readable(const Struct& type);
/// Adds the default of one that has it. Throws std::invalid_argument where it, or the example, breaks the member's own rules.
void add_default(Schema& schema, const Struct& type, const Member& member);
bool refuse_tag(const Json& value, const Place& place, std::string_view tag_name,
                std::span<const std::string_view> tags);
Schema variant_schema(const std::vector<Schema>& alternatives, const std::vector<const Struct*>& types);

}  // namespace stile::detail
