#include "verifier/message/list_id.h"

#include <gtest/gtest.h>

namespace alignd::message {
namespace {

std::string listIdOf(std::initializer_list<const char*> values) {
  HeaderBlock header;
  for (const char* value : values) header.add({"List-ID", value});
  return listId(header);
}

TEST(ListId, IsTheOneBetweenAngleBrackets) {  // RFC 2919 section 2
  EXPECT_EQ(listIdOf({" <dev.list.example>"}), "dev.list.example");
  EXPECT_EQ(listIdOf({" \"Dev\" <Dev.List.Example>"}), "dev.list.example");
  EXPECT_EQ(listIdOf({}), "");
  EXPECT_EQ(listIdOf({" dev.list.example"}), "");
  EXPECT_EQ(listIdOf({" >dev<"}), "");
  EXPECT_EQ(listIdOf({" <dev"}), "");
  EXPECT_EQ(listIdOf({" <a.example>", " <b.example>"}), "") << "which one?";
  EXPECT_EQ(listIdOf({("<" + std::string(300, 'x') + ">").c_str()}), "");
}

}  // namespace
}  // namespace alignd::message
