//! `incamera-wasm <compiled module> <folder>`: the module as browsers load it, its JavaScript, and its types.

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder] = arguments.as_slice() else { bail!("incamera-wasm <compiled module> <folder>") };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("group").web(true)?;
    bindgen.typescript(true).remove_name_section(true).remove_producers_section(true).omit_default_module_path(true);
    bindgen.generate(folder)
}
