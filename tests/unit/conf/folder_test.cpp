#include "conf/folder.h"

#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"

namespace alignd::conf {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Folder, NamesWhatItHolds) {
  const test::TempFolder folder;
  std::error_code error = std::make_error_code(std::errc::io_error);
  EXPECT_THAT(namesIn(folder.path(), error), IsEmpty());
  EXPECT_FALSE(error) << error.message();
  for (const char* name : {"one", ".hidden", "two three"}) (void)folder.write(name, "x");
  EXPECT_THAT(namesIn(folder.path(), error), UnorderedElementsAre("one", ".hidden", "two three"));
  EXPECT_FALSE(error) << error.message();
}

TEST(Folder, SaysWhyItCannotBeRead) {
  const test::TempFolder folder;
  std::error_code error;
  EXPECT_THAT(namesIn(folder.path() + "/none", error), IsEmpty());
  EXPECT_EQ(error, std::errc::no_such_file_or_directory);
  EXPECT_THAT(namesIn(folder.write("file", "x"), error), IsEmpty());
  EXPECT_EQ(error, std::errc::not_a_directory);
}

}  // namespace
}  // namespace alignd::conf
