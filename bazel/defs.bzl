"""Rules that check, plan and test programs for Fuchsia on this computer."""

load("//private:check.bzl", _zirconia_check = "zirconia_check")
load("//private:plan.bzl", _zirconia_plan = "zirconia_plan")
load("//private:test.bzl", _zirconia_test = "zirconia_test")
load("//private:toolchain.bzl", _zirconia_toolchain = "zirconia_toolchain")

zirconia_check = _zirconia_check
zirconia_plan = _zirconia_plan
zirconia_test = _zirconia_test
zirconia_toolchain = _zirconia_toolchain
