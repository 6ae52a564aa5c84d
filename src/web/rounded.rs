//! Whole numbers beyond 2^53 − 1 as the nearest number that JavaScript has.
//!
//! serde-wasm-bindgen refuses them, and with one such number a whole moment would never reach the page. The lab keeps its
//! own numbers below (`lab::limits`); what comes out of a stored row or a restored log may be larger. Promises: such a
//! number arrives rounded, everything else exactly as it would have. Leaves out: numbers of 128 bits.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use quorum_facade::limits::MOST_EXACT;

/// A value whose large numbers are rounded, or the serializer that rounds them.
pub struct Rounded<T>(pub T);

impl<T: Serialize + ?Sized> Serialize for Rounded<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Rounded(serializer))
    }
}

macro_rules! as_it_is {
    ($($method:ident($kind:ty)),* $(,)?) => {$(
        fn $method(self, value: $kind) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        }
    )*};
}

impl<S: Serializer> Serializer for Rounded<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Rounded<S::SerializeSeq>;
    type SerializeTuple = Rounded<S::SerializeTuple>;
    type SerializeTupleStruct = Rounded<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Rounded<S::SerializeTupleVariant>;
    type SerializeMap = Rounded<S::SerializeMap>;
    type SerializeStruct = Rounded<S::SerializeStruct>;
    type SerializeStructVariant = Rounded<S::SerializeStructVariant>;

    as_it_is!(
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_str(&str),
        serialize_bytes(&[u8]),
    );

    fn serialize_i64(self, value: i64) -> Result<S::Ok, S::Error> {
        let exact = value.unsigned_abs() <= MOST_EXACT;
        if exact { self.0.serialize_i64(value) } else { self.0.serialize_f64(value as f64) }
    }

    fn serialize_u64(self, value: u64) -> Result<S::Ok, S::Error> {
        if value <= MOST_EXACT { self.0.serialize_u64(value) } else { self.0.serialize_f64(value as f64) }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Rounded(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, number, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Rounded(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, number, variant, &Rounded(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(Rounded)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(Rounded)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(Rounded)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, number, variant, length).map(Rounded)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(Rounded)
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(Rounded)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, number, variant, length).map(Rounded)
    }
}

macro_rules! lists {
    ($($kind:ident::$method:ident),* $(,)?) => {$(
        impl<S: $kind> $kind for Rounded<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.$method(&Rounded(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}
lists! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

macro_rules! fields {
    ($($kind:ident),* $(,)?) => {$(
        impl<S: $kind> $kind for Rounded<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), S::Error> {
                self.0.serialize_field(name, &Rounded(value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}
fields! { SerializeStruct, SerializeStructVariant }

impl<S: SerializeMap> SerializeMap for Rounded<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Rounded(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}
