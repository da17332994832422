#include "tools/apply/report.h"

#include <algorithm>

#include "ledger/values/printable_text.h"
#include "net/json/text.h"
#include "tools/program/exit_status.h"

namespace keyledger::tools::apply {
namespace {

using boost::json::object;
using boost::json::value;
using projections::Row;

struct EntityName {
  std::string name;
  std::string id;
};

EntityName name_of(const Row& row) {
  return std::visit(ledger::Overloaded{[](const projections::AccountRow& account) {
                                         return EntityName{account.name, account.account};
                                       },
                                       [](const projections::UserRow& user) {
                                         return EntityName{user.username, ""};
                                       },
                                       [](const projections::ClientRow& client) {
                                         return EntityName{client.name, client.client_id};
                                       },
                                       [](const projections::KeyRow& key) {
                                         return EntityName{key.name, key.key_id};
                                       },
                                       [](const projections::PolicyRow&) {
                                         return EntityName{"policy", ""};
                                       }},
                    row);
}

// Returns the message of a failure, or what the ledger has otherwise.
std::string message_of(const ApplyOutcome& outcome, commands::DifferenceSet ignored) {
  std::string message = outcome.message;
  for (const commands::Difference& row : net::rows_of(outcome.report, ignored)) {
    message += (message.empty() ? "" : "; ") + net::text_of(row);
  }
  return message;
}

boost::json::array differences_of(const ApplyOutcome& outcome, commands::DifferenceSet ignored) {
  boost::json::array rows;
  for (const commands::Difference& row : net::rows_of(outcome.report, ignored))
    rows.emplace_back(net::json_of(row));
  return rows;
}

struct TableColumn {
  std::string_view field;
  std::size_t width;
};

// The widths fit most values; a longer cell shifts the rest of its line.
constexpr std::array<TableColumn, 7> kTable = {
    {{"file", 12}, {"line", 5}, {"command", 16}, {"result", 9}, {"name", 20}, {"id", 36}, {"message", 0}}};

std::string cell(const object& row, std::string_view field) {
  return output::cell_text(row.at({field.data(), field.size()}));
}

void append_cell(std::string& line, std::string_view text, std::size_t width) {
  line += text;
  line.append(width - std::min(width, ledger::count_code_points(text)), ' ');
  line += "  ";
}

void print_line(std::ostream& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

int status_of(const ApplyOutcome& outcome) {
  switch (outcome.result) {
    case ApplyResult::kDone:
    case ApplyResult::kUnchanged:
    case ApplyResult::kRepeated:
    case ApplyResult::kLeft:
      return program::kExitDone;
    case ApplyResult::kRefused:
    case ApplyResult::kFailed:
      return program::exit_status_of(outcome.code);
    case ApplyResult::kUnknown:
    case ApplyResult::kNotSent:
      return program::kExitUnreachable;
  }
  ENSURE(false, "a result");
}

}  // namespace

std::string_view name_of(ApplyResult result) {
  static constexpr std::array<std::string_view, kApplyResults> kNames = {
      "done", "unchanged", "repeated", "refused", "failed", "unknown", "not_sent", "left"};
  return kNames[static_cast<std::size_t>(result)];
}

ApplyOutcome outcome_of(net::DoneAnswer answer) {
  ApplyOutcome outcome{.result = ApplyResult::kDone};
  if (answer.done.events == 0) outcome.result = ApplyResult::kUnchanged;
  if (answer.done.repeated) outcome.result = ApplyResult::kRepeated;
  outcome.entity = std::move(answer.done.entity);
  outcome.position = answer.done.position;
  outcome.secret = std::move(answer.secret);
  outcome.report = std::move(answer.done.report);
  return outcome;
}

ApplyOutcome outcome_of(const net::Failure& failure) {
  return {.result = failure.is_refusal() ? ApplyResult::kRefused : ApplyResult::kFailed,
          .code = failure.code,
          .error = failure.name,
          .message = failure.message};
}

ApplyReport::ApplyReport(std::ostream& out, output::OutputFormat format, commands::DifferenceSet ignored)
    : out_(out), format_(format), ignored_(ignored), status_(program::kExitDone) {
  if (format == output::OutputFormat::kTable) return;
  writer_.emplace(out, format,
                  std::vector<output::Column>{{"file"},
                                              {"line"},
                                              {"command"},
                                              {"result"},
                                              {"name"},
                                              {"id"},
                                              {"position"},
                                              {"code"},
                                              {"error"},
                                              {"message"},
                                              {"secret"},
                                              {"differences"}});
}

ApplyResult ApplyReport::judge(const ApplyOutcome& outcome) {
  const auto left = net::left_of(outcome.report, ignored_);
  left_.all += left.all;
  left_.dangerous += left.dangerous;
  left_.dangerous_classes.insert(left.dangerous_classes);
  if (left.dangerous > 0) status_ = std::max<int>(status_, program::kExitRefused);
  const bool is_left = outcome.result == ApplyResult::kUnchanged && left.all > 0;
  return is_left ? ApplyResult::kLeft : outcome.result;
}

void ApplyReport::write(const InputPlace& place, std::string_view name, const ApplyOutcome& outcome) {
  const ApplyResult result = judge(outcome);
  ++counts_[static_cast<std::size_t>(result)];
  status_ = std::max(status_, status_of(outcome));
  const EntityName entity = outcome.entity ? name_of(*outcome.entity) : EntityName{};
  object row{{"file", boost::json::string_view(place.file.data(), place.file.size())},
             {"line", place.line},
             {"command", boost::json::string_view(name.data(), name.size())},
             {"result", name_of(result)},
             {"name", net::text_or_null(entity.name)},
             {"id", net::text_or_null(entity.id)},
             {"position", outcome.position.value() == 0 ? value(nullptr) : value(outcome.position.value())},
             {"code", outcome.code == 0 ? value(nullptr) : value(outcome.code)},
             {"error", net::text_or_null(outcome.error)},
             {"message", net::text_or_null(message_of(outcome, ignored_))},
             {"secret", nullptr},
             {"differences", differences_of(outcome, ignored_)}};
  const std::string_view secret = outcome.secret.expose();
  value& shown = row["secret"];
  if (!secret.empty()) shown = boost::json::string_view(secret.data(), secret.size());
  any_secret_ = any_secret_ || !secret.empty();
  format_ == output::OutputFormat::kTable ? write_line(row) : writer_->write(row);
  out_.flush();
  if (shown.is_string()) ledger::cleanse(shown.get_string().data(), shown.get_string().size());
}

void ApplyReport::write_line(const object& row) {
  if (!any_line_) {
    std::string header;
    for (const TableColumn& column : kTable) {
      std::string name(column.field);
      for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
      append_cell(header, name, column.width);
    }
    print_line(out_, header);
  }
  any_line_ = true;
  std::string line;
  for (const TableColumn& column : kTable) append_cell(line, cell(row, column.field), column.width);
  print_line(out_, line);
  if (!row.at("secret").is_null()) {
    const auto& secret = row.at("secret").get_string();
    out_ << "  API key: " << std::string_view(secret.data(), secret.size()) << '\n';
  }
}

void ApplyReport::finish() {
  if (writer_) writer_->finish();
  out_.flush();
}

std::string ApplyReport::summary() const {
  std::string text;
  for (std::size_t i = 0; i < kApplyResults; ++i) {
    if (counts_[i] == 0) continue;
    std::string name(name_of(static_cast<ApplyResult>(i)));
    std::ranges::replace(name, '_', ' ');
    text += (text.empty() ? "" : ", ") + std::to_string(counts_[i]) + " " + name;
  }
  return text.empty() ? "nothing to do" : text;
}

}  // namespace keyledger::tools::apply
