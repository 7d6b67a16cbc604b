//! The built program, as it is typed: what it prints, where, and the status that it ends with.

mod bad_input;
mod check;
mod desk;
mod init_and_demo;
mod rows_and_sql;
mod run;
