// Differences between an import and the ledger. Both have the thing, and the ledger has it otherwise.
//
// Values. docs/decisions/0028 says which differences an import reports, and which are dangerous.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/events.h"

namespace keyledger::commands {

// The classes that --take and --ignore name. In the order of the wire's enumeration.
enum class DifferenceClass : std::uint8_t {
  kFlags = 0,
  kExpiries = 1,
  kNames = 2,
  kAssignments = 3,
  kMemberships = 4,
  kAccess = 5,
  kTexts = 6,
  kLimits = 7,
  kSecrets = 8,
  kRemovals = 9,
  kReturns = 10,
  kOwners = 11,
  kPolicy = 12,
};
constexpr std::size_t kDifferenceClasses = 13;

std::string_view name_of(DifferenceClass each);
std::optional<DifferenceClass> parse_difference_class(std::string_view name);

class DifferenceSet {
 public:
  DifferenceSet() = default;
  DifferenceSet(std::initializer_list<DifferenceClass> classes) {
    for (const DifferenceClass each : classes) insert(each);
  }

  static DifferenceSet all();
  void insert(DifferenceClass each) { bits_ |= bit_of(each); }
  bool contains(DifferenceClass each) const { return (bits_ & bit_of(each)) != 0; }
  void insert(DifferenceSet classes) { bits_ |= classes.bits_; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t bits() const { return bits_; }

  friend bool operator==(const DifferenceSet&, const DifferenceSet&) = default;

 private:
  static std::uint32_t bit_of(DifferenceClass each) { return 1U << static_cast<std::uint32_t>(each); }

  std::uint32_t bits_ = 0;
};

// Returns the names of the classes, in the order of the classes.
std::vector<std::string> names_of(DifferenceSet set);

// The side that accepts somebody while the other side refuses.
enum class Danger : std::uint8_t { kNone = 0, kWorksHere = 1, kWorksThere = 2 };
constexpr std::size_t kDangers = 3;

// Returns "works_here" or "works_there"; an empty text for kNone.
std::string_view name_of(Danger danger);

struct Difference {
  DifferenceClass kind{};
  Danger danger{};
  std::string object;                 // "user bob", "key ann/prod"
  std::string id;                     // of a key or a client; empty: the object has none
  std::string field;                  // "active", "client"
  std::optional<std::string> ledger;  // nothing: the ledger has no such relation or value
  std::optional<std::string> dump;

  friend bool operator==(const Difference&, const Difference&) = default;
};

struct DifferenceCount {
  DifferenceClass kind{};
  Danger danger{};
  std::uint64_t count = 0;

  friend bool operator==(const DifferenceCount&, const DifferenceCount&) = default;
};

// The rows of a report, and their bytes of text, at most. The counts include the differences without a row.
constexpr std::size_t kDifferenceRowsMax = 10'000;
constexpr std::size_t kDifferenceBytesMax = std::size_t{4} << 20;
// A longer value of a row is cut.
constexpr std::size_t kDifferenceValueBytesMax = 512;

// Counts of entities and relations that an import adds.
struct ImportCounts {
  std::uint64_t accounts = 0;
  std::uint64_t users = 0;
  std::uint64_t clients = 0;
  std::uint64_t keys = 0;
  std::uint64_t assignments = 0;

  // Adds what these events of an import add.
  void count(const std::vector<ledger::Event>& events);

  friend bool operator==(const ImportCounts&, const ImportCounts&) = default;
};

struct ImportReport {
  std::vector<Difference> rows;       // left as the ledger has them; works_here first, then works_there
  std::vector<DifferenceCount> left;  // how many were left, by class and danger; never a count of 0
  std::uint64_t taken = 0;            // how many were taken
  ImportCounts missing;               // of a comparison: what an import would add

  friend bool operator==(const ImportReport&, const ImportReport&) = default;
};

// Collects the differences of one import.
class Differences {
 public:
  explicit Differences(DifferenceSet take) : take_(take) {}

  // Whether an event of the ledger can end the difference.
  enum class Takeable : std::uint8_t { kYes, kNo };

  // Counts the difference. Returns true if the import takes the difference; otherwise the difference is left.
  bool takes(Difference difference, Takeable takeable = Takeable::kYes);
  // Leaves a difference after all. takes() must have returned true for the difference.
  void give_back(Difference difference);

  ImportReport finish() &&;

 private:
  void leave(Difference difference);

  DifferenceSet take_;
  std::array<std::vector<Difference>, kDangers> rows_;
  std::array<std::size_t, kDangers> bytes_{};
  std::array<std::array<std::uint64_t, kDangers>, kDifferenceClasses> left_{};
  std::uint64_t taken_ = 0;
};

}  // namespace keyledger::commands
