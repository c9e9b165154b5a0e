//! The headers through the compilers of the host, as strict as they are.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const WARNINGS: [&str; 6] =
    ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", "-fsyntax-only"];

/// A compiler, and what makes it read a standard's language.
struct Language {
    compiler: &'static str,
    standard: &'static str,
    extension: &'static str,
}

const LANGUAGES: [Language; 3] = [
    Language { compiler: "cc", standard: "-std=c11", extension: "c" },
    Language { compiler: "c++", standard: "-std=c++17", extension: "cc" },
    // Only it knows the target.
    Language { compiler: "clang", standard: "--target=x86_64-unknown-fuchsia", extension: "c" },
];

/// The headers in a folder of a test's own.
fn written(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    for header in c_headers::headers() {
        let file = folder.join(header.path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, header.text).unwrap();
    }
    folder
}

/// Compiles a text in every language that there is a compiler of. Every host that builds this
/// project has one of C.
fn compiles(folder: &Path, name: &str, text: &str) {
    for Language { compiler, standard, extension } in LANGUAGES {
        let file = folder.join(format!("{name}.{extension}"));
        fs::write(&file, text).unwrap();
        let mut command = Command::new(compiler);
        command.args([standard, "-ffreestanding", "-I"]).arg(folder).args(WARNINGS).arg(&file);
        match command.output() {
            Ok(output) => {
                let errors = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{compiler}: {name}: {errors}");
            }
            Err(_) if compiler != "cc" => eprintln!("SKIPPED: there is no {compiler} here"),
            Err(error) => panic!("{compiler}: {error}"),
        }
    }
}

#[test]
fn every_header_compiles_by_itself_and_twice() {
    let folder = written("by-itself");
    for header in c_headers::headers() {
        let include = format!("#include <{}>\n", header.path);
        let name = header.path.replace(['/', '.'], "-");
        compiles(&folder, &name, &format!("{include}{include}int one;\n"));
    }
}

#[test]
fn records_have_their_sizes_and_offsets() {
    compiles(&written("layouts"), "layouts", &c_headers::layout_checks());
}

#[test]
fn numbers_and_types_are_those_of_zircon() {
    let text = "
        #include <zircon/process.h>
        #include <zircon/processargs.h>
        #include <zircon/status.h>
        #include <zircon/syscalls/exception.h>
        #include <zircon/syscalls/log.h>
        #include <zircon/syscalls/object.h>
        #include <zircon/syscalls/policy.h>
        #include <zircon/syscalls/port.h>
        #include <zircon/time.h>
        #ifdef __cplusplus
        #define CHECK(what) static_assert(what, #what)
        #else
        #define CHECK(what) _Static_assert(what, #what)
        #endif
        CHECK(ZX_OK == 0 && ZX_ERR_TIMED_OUT == -21);
        CHECK(ZX_RIGHTS_BASIC == 0xc003 && ZX_RIGHT_SAME_RIGHTS == 1u << 31);
        CHECK(ZX_OBJ_TYPE_EVENTPAIR == 16 && ZX_OBJ_TYPE_SUSPEND_TOKEN == 27);
        CHECK(PA_FD == 0x30 && PA_HND(PA_FD, 2) == 0x20030 && PA_HND_ARG(0x20030u) == 2);
        CHECK(ZX_CHANNEL_PEER_CLOSED == 4 && ZX_USER_SIGNAL_7 == 0x80000000u);
        CHECK(ZX_VM_ALIGN_1KB == 10u << 24 && ZX_VM_ALIGN_4GB == 32u << 24);
        CHECK(ZX_INFO_VMO == ZX_INFO_VMO_V4 && ZX_INFO_VMO_V1 == 23 && ZX_INFO_VMAR == 7);
        CHECK(ZX_POL_NEW_SAMPLER == 17 && ZX_POL_MAX == 18 && ZX_POL_ACTION_KILL == 4);
        CHECK(ZX_EXCP_POLICY_ERROR == 0x8208 && ZX_TASK_RETCODE_EXCEPTION_KILL == -1028);
        CHECK(ZX_TIME_INFINITE == 0x7fffffffffffffff && ZX_MIN(1) == 60000000000);
        CHECK(sizeof(zx_exception_report_t) == 40 && sizeof(zx_exception_info_t) == 24);
        CHECK(sizeof(zx_log_record_t) == ZX_LOG_RECORD_MAX && sizeof(zx_iovec_t) == 16);
        // A call that is declared again must be declared alike.
        __BEGIN_CDECLS
        zx_status_t zx_vmar_map(zx_handle_t handle, zx_vm_option_t options, size_t vmar_offset,
                                zx_handle_t vmo, uint64_t vmo_offset, size_t len,
                                zx_vaddr_t* mapped_addr);
        zx_status_t zx_process_create(zx_handle_t job, const char* name, size_t name_size,
                                      uint32_t options, zx_handle_t* proc_handle,
                                      zx_handle_t* vmar_handle);
        zx_status_t zx_channel_call_etc(zx_handle_t handle, uint32_t options,
                                        zx_instant_mono_t deadline,
                                        zx_channel_call_etc_args_t* args, uint32_t* actual_bytes,
                                        uint32_t* actual_handles);
        zx_status_t _zx_object_get_property(zx_handle_t handle, uint32_t property, void* value,
                                            size_t value_size);
        zx_status_t zx_pci_get_bar(zx_handle_t handle, uint32_t bar_num, zx_pci_bar_t* out_bar,
                                   zx_handle_t* out_handle);
        uint32_t zx_system_get_num_cpus(void);
        zx_string_view_t zx_system_get_version_string(void);
        const char* zx_status_get_string(zx_status_t status);
        void zx_cprng_draw(void* buffer, size_t buffer_size);
        __END_CDECLS
        // What does not return needs no return after it.
        int ends(void);
        int ends(void) { zx_process_exit(1); }
    ";
    let one = text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
    compiles(&written("numbers"), "numbers", &one);
}
