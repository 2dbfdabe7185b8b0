#include "pg/status_reader.hpp"

namespace store_uptime::pg {

StatusReader StatusReader::create(const Source& source) {
    const std::pair<const Words*, Status> all[] = {
        {&source.active, Status::up}, {&source.inactive, Status::down}, {&source.unknown, Status::unknown}};
    int count = 0;
    for (const auto& [words, status] : all) count += words->count;
    auto* next = static_cast<Word*>(palloc(sizeof(Word) * (count + 1)));
    StatusReader reader;
    reader.is_boolean_ = source.parts[kStatus].columns[kStatusValue].base == BOOLOID;
    reader.words_ = next;
    for (const auto& [words, status] : all)
        for (int i = 0; i < words->count; ++i) {
            const std::string_view text = words->texts[i];
            *next++ = {head_of(text), text, status};
        }
    reader.end_ = next;
    return reader;
}

}  // namespace store_uptime::pg
