// The rows of store_uptime.source: which one a caller means, and whether the caller may use it.
//
// Source names are unique in a database. A report of a source runs what its relations are made of, such as the functions of
// a view, so a name must not lead a caller to the code of a role that the caller did not choose:
//
//   - A plain name is good for the sources of the caller's own (or of a role whose rights the caller has), and for those of
//     publishers: superusers and roles that may create schemas in the database.
//   - Anybody else's must be named with the owner, as in 'mallory.shops'.
//   - A superuser reads a source of a role that is not one with that role's rights, whatever it was named.
#pragma once

#include "pg/source.hpp"

namespace store_uptime::pg {

struct SourceRow {
    NameData name;
    Oid owner;
    const char* owner_is;  // its name when the source was registered
    Oid parts[kParts];
    Datum options;  // in the caller's memory context, or 0
};

// The source that the caller means by `name` ("name" or "owner.name"). 42704: not registered; 42501: it has to be named
// with its owner.
SourceRow find_source(const char* name);

// The very source of that name. 42704: not registered.
SourceRow chosen_source(const char* name);

// Takes the rights of a source's owner if the caller is a superuser and the owner is not; what to go back to.
// 42704: the owner does not exist any more.
std::optional<Rights> act_for_source(const SourceRow& row);

// Is a role one whose sources everybody may use by their plain names?
bool is_publisher(Oid role);

// 42P01: a relation of a source does not exist.
[[noreturn]] void no_relation(const char* source, Part part, Oid relation);

// The same checks as open_source begins with, without waiting for any lock.
void check_source_is_there(const char* name);

}  // namespace store_uptime::pg
