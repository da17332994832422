#include "tools/output/progress_bar.h"
#include "ledger/values/printable_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace keyledger::tools::output {
namespace {

constexpr std::int64_t kQuietForUs = ledger::kMicrosecondsPerSecond;
constexpr std::int64_t kRedrawAfterUs = ledger::kMicrosecondsPerSecond / 10;
constexpr std::size_t kBarWidth = 20;
constexpr std::size_t kLineWidthMax = 79;
constexpr std::string_view kWipeToEndOfLine = "\x1b[K";  // ECMA-48, erase in line

double part_of(std::uint64_t done, std::uint64_t total) {
  return std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

ProgressBar::ProgressBar(std::ostream& out, program::IsTerminal terminal, ledger::Clock clock, Work work)
    : out_(out), terminal_(terminal), clock_(std::move(clock)), work_(std::move(work)), started_(clock_()) {}

void ProgressBar::update(std::uint64_t done) {
  if (terminal_ == program::IsTerminal::kNo) return;
  const ledger::Timestamp now = clock_();
  const std::int64_t elapsed_us = now.microseconds - started_.microseconds;
  if (elapsed_us <= kQuietForUs) return;
  if (visible_ && now.microseconds - drawn_.microseconds < kRedrawAfterUs) return;
  drawn_ = now;
  visible_ = true;
  out_ << '\r' << line(done, elapsed_us) << kWipeToEndOfLine << std::flush;
}

void ProgressBar::clear() {
  if (!visible_) return;
  visible_ = false;
  out_ << '\r' << kWipeToEndOfLine << std::flush;
}

std::string ProgressBar::line(std::uint64_t done, std::int64_t elapsed_us) const {
  std::string text = ledger::printable(work_.label);
  if (work_.total > 0) {
    const double part = part_of(done, work_.total);
    const auto filled = static_cast<std::size_t>(part * kBarWidth);
    text += fmt::format("  [{}{}] {:3}%", std::string(filled, '#'), std::string(kBarWidth - filled, '.'),
                        static_cast<int>(part * 100));
  } else {
    text += fmt::format("  {} {}", grouped(done), work_.unit);
  }
  const double seconds = static_cast<double>(elapsed_us) / ledger::kMicrosecondsPerSecond;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(done) / seconds);
  return ledger::cut_to(text + fmt::format("  {} {}/s", grouped(rate), work_.unit), kLineWidthMax);
}

std::string grouped(std::uint64_t number) {
  constexpr std::size_t kGroup = 3;
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > kGroup;) {
    place -= kGroup;
    text.insert(place, 1, ',');
  }
  return text;
}

}  // namespace keyledger::tools::output
