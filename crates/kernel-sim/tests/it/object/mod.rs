//! What all objects have: information, properties, waits.

mod get_child;
mod info;
mod info_and_properties;
mod info_maps;
mod task_properties;
mod wait;
mod wait_many;
